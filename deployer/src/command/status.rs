//! `deploy status`: what an environment runs, who is at work, and how the last deployment ended.

use super::history::ending;
use super::session::Session;
use crate::cli::{Output, StatusArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fleet::{Fleet, Survey};
use crate::journal::{DeploymentId, Entry, Head, LeaseKind};
use crate::output::{self, Line};
use crate::preflight;
use crate::rollout::goal::Outcome;
use crate::rollout::observation::{FleetView, Member, Template, TemplateRef, Templates};
use jiff::Timestamp;
use semver::Version;
use serde::Serialize;
use std::fmt;

#[derive(Debug, Serialize)]
struct Status {
    group: GroupStatus,
    members: Vec<MemberStatus>,
    refresh: Option<RefreshStatus>,
    lease: Option<LeaseStatus>,
    open: Option<DeploymentStatus>,
    last: Option<DeploymentStatus>,
}

#[derive(Debug, Serialize)]
struct GroupStatus {
    name: String,
    min: u32,
    desired: u32,
    max: u32,
    template_version: Option<String>,
    version: Option<Version>,
}

#[derive(Debug, Serialize)]
struct MemberStatus {
    instance: String,
    zone: String,
    state: String,
    template_version: Option<u64>,
    version: Option<Version>,
    target: Option<String>,
}

#[derive(Debug, Serialize)]
struct RefreshStatus {
    id: String,
    status: String,
    percent: u32,
    started: Timestamp,
    detail: String,
}

#[derive(Debug, Serialize)]
struct LeaseStatus {
    owner: String,
    held: bool,
    expires: Timestamp,
}

#[derive(Debug, Serialize)]
struct DeploymentStatus {
    deployment: DeploymentId,
    version: Version,
    going_back: bool,
    outcome: Option<Outcome>,
}

/// Shows an environment.
pub async fn run(config: &Config, args: &StatusArgs, output: Output) -> Result<Exit, Failure> {
    let session = Session::begin(config, &args.environment).await?;
    let tools = session.open()?;
    session.check_account(&tools).await?;
    let survey = preflight::survey(&tools.fleet, session.environment).await??;
    let mut newest = tools.journal.newest(2).await?.into_iter().peekable();
    let open = newest.next_if(|entry| entry.closed.is_none());
    let view = tools
        .fleet
        .observe(open.as_ref().map(|entry| &entry.record))
        .await;
    let status = Status {
        group: group(&session.environment.group, &survey, &view),
        members: members(&survey, &view),
        refresh: survey.refreshes.first().map(|refresh| RefreshStatus {
            id: refresh.id.clone(),
            status: refresh.status.to_string(),
            percent: refresh.percent,
            started: refresh.started,
            detail: refresh.detail.clone(),
        }),
        lease: tools.leases.head().await?.map(LeaseStatus::from),
        open: open.map(DeploymentStatus::from),
        last: newest.next().map(DeploymentStatus::from),
    };
    output::print(output, &Line::new("status", status));
    Ok(Exit::Done)
}

fn group(name: &str, survey: &Survey, view: &FleetView) -> GroupStatus {
    let template = survey.group.template.as_ref();
    let number = template.and_then(TemplateRef::number);
    GroupStatus {
        name: name.to_owned(),
        min: survey.group.min,
        desired: survey.group.desired,
        max: survey.group.max,
        template_version: template.map(|template| template.version.clone()),
        version: number.and_then(|number| version_of(view.templates.known(), number)),
    }
}

fn members(survey: &Survey, view: &FleetView) -> Vec<MemberStatus> {
    let templates = view.templates.known();
    let one = |member: &Member| MemberStatus {
        instance: member.instance.clone(),
        zone: member.zone.clone(),
        state: member.lifecycle.word.clone(),
        template_version: member.template_version,
        version: member
            .template_version
            .and_then(|number| version_of(templates, number)),
        target: survey
            .targets
            .get(&member.instance)
            .map(|target| target.word.clone()),
    };
    survey.group.members.iter().map(one).collect()
}

fn version_of(templates: Option<&Templates>, number: u64) -> Option<Version> {
    let templates = templates?;
    let known: [Option<&Template>; 2] = [Some(&templates.base), templates.ours.as_ref()];
    let mut known = known.into_iter().flatten();
    known
        .find(|template| template.number == number)?
        .version
        .clone()
}

impl From<Head> for LeaseStatus {
    fn from(head: Head) -> Self {
        Self {
            owner: head.entry.owner,
            held: head.entry.kind == LeaseKind::Held,
            expires: head.entry.expires,
        }
    }
}

impl From<Entry> for DeploymentStatus {
    fn from(entry: Entry) -> Self {
        Self {
            deployment: entry.record.id,
            version: entry.record.goal.version,
            going_back: entry.turned_back.is_some(),
            outcome: entry.closed.map(|closed| closed.outcome),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "group      {}", self.group)?;
        for member in &self.members {
            writeln!(f, "  {member}")?;
        }
        if let Some(refresh) = &self.refresh {
            writeln!(f, "refresh    {refresh}")?;
        }
        if let Some(lease) = &self.lease {
            writeln!(f, "lease      {lease}")?;
        }
        if let Some(open) = &self.open {
            writeln!(f, "open       {open}")?;
        }
        match &self.last {
            Some(last) => writeln!(f, "last       {last}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for GroupStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = named(self.version.as_ref());
        let template = self.template_version.as_deref().unwrap_or("none");
        let Self {
            name,
            min,
            desired,
            max,
            ..
        } = self;
        write!(
            f,
            "{name}  {version}  template version {template}  size {desired} ({min} to {max})"
        )
    }
}

impl fmt::Display for MemberStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = named(self.version.as_ref());
        let number = self
            .template_version
            .map_or("-".to_owned(), |it| it.to_string());
        let target = self.target.as_deref().unwrap_or("not registered");
        let Self {
            instance,
            zone,
            state,
            ..
        } = self;
        write!(
            f,
            "{instance}  {zone}  {version} ({number})  {state}  {target}"
        )
    }
}

impl fmt::Display for RefreshStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            status,
            percent,
            started,
            detail,
        } = self;
        write!(f, "{id}  {status}  {percent} %  since {started}")?;
        match detail.as_str() {
            "" => Ok(()),
            detail => write!(f, "  {detail}"),
        }
    }
}

impl fmt::Display for LeaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.held {
            write!(f, "held by {} until {}", self.owner, self.expires)
        } else {
            write!(f, "free; {} released it at {}", self.owner, self.expires)
        }
    }
}

impl fmt::Display for DeploymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  ", self.deployment, self.version)?;
        match (&self.outcome, self.going_back) {
            (Some(outcome), _) => f.write_str(&ending(outcome)),
            (None, true) => f.write_str("going back"),
            (None, false) => f.write_str("going on"),
        }
    }
}

fn named(version: Option<&Version>) -> String {
    version.map_or("unknown version".to_owned(), ToString::to_string)
}
