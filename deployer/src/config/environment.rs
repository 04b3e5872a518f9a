//! `[environments.NAME]`: one Auto Scaling group in one account and region.

use super::section::Section;
use super::strategy::Strategy;
use super::value::{self, Read, refuse};
use contract::names::Name;
use toml::de::DeValue;

/// The longest name of an Auto Scaling group.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
const MAX_GROUP_NAME: usize = 255;

/// Where a version is released to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: Name,
    /// The AWS region, for example `eu-west-1`.
    pub region: String,
    /// The AWS account, 12 digits. Other credentials are refused.
    pub account: String,
    /// The Auto Scaling group.
    pub group: String,
    /// Whether this is a sandbox: only then is an endpoint other than AWS's own used, and then only such a one.
    pub sandbox: bool,
    /// How a version is rolled out.
    pub strategy: Strategy,
}

impl Environment {
    /// Reads the section; `None` when something required is missing or refused, or when the name already was.
    pub(super) fn read(name: Option<Name>, mut section: Section<'_>) -> Option<Self> {
        let region = section.required("region", region);
        let account = section.required("account", account);
        let group = section.required("group", group);
        let sandbox = section.optional("sandbox", value::flag).unwrap_or(false);
        let strategy = section
            .section("strategy")
            .map_or_else(Strategy::default, Strategy::read);
        section.finish();
        Some(Self {
            name: name?,
            region: region?,
            account: account?,
            group: group?,
            sandbox,
            strategy,
        })
    }

    /// Whether both name the same Auto Scaling group.
    pub(super) fn same_group(&self, other: &Self) -> bool {
        let place = |it: &Self| {
            (
                it.region.clone(),
                it.account.clone(),
                it.group.clone(),
                it.sandbox,
            )
        };
        place(self) == place(other)
    }
}

fn region(value: &DeValue<'_>) -> Read<String> {
    let text = value::text(value)?;
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let good = match parts.split_last() {
        Some((number, words)) => {
            words.len() >= 2 && words.iter().all(word) && number.parse::<u8>().is_ok()
        }
        None => false,
    };
    if good {
        Ok(text)
    } else {
        refuse(
            format!("`{text}` is not an AWS region"),
            "write it as in \"eu-west-1\"",
        )
    }
}

fn account(value: &DeValue<'_>) -> Read<String> {
    let hint = "write the 12 digits of the account in quotes: \"123456789012\"";
    let Some(text) = value.as_str() else {
        return refuse(format!("must be a text, not {}", value::kind(value)), hint);
    };
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        refuse(format!("`{text}` is not an AWS account"), hint)
    }
}

fn group(value: &DeValue<'_>) -> Read<String> {
    let text = value::text(value)?;
    if text.len() <= MAX_GROUP_NAME && !text.contains(|c: char| c.is_control() || c == ':') {
        Ok(text)
    } else {
        refuse(
            "is not the name of an Auto Scaling group",
            "write the group's name, of at most 255 characters and without a colon; not its ARN",
        )
    }
}
