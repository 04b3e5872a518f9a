//! Security Token Service.

use super::{Stage, answer, one, refusal};
use crate::service::Service::Sts;
use crate::world::tests::stage::Setting;

#[test]
fn the_caller_is_in_the_worlds_account() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    let xml = answer(&mut stage, Sts, "GetCallerIdentity", "");
    assert_eq!(one(&xml, "Account"), "000000000000");
    assert_eq!(one(&xml, "Arn"), "arn:aws:iam::000000000000:user/sandbox");
    assert_eq!(
        refusal(&mut stage, Sts, "AssumeRole", "").0,
        "InvalidAction"
    );
}
