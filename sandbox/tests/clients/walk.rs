//! Every supported operation, by boto3 and by the AWS CLI.

use crate::port::Port;
use crate::python::{programs, run};

#[tokio::test(flavor = "multi_thread")]
async fn boto3_and_the_aws_cli_accept_every_response_and_read_the_same() {
    let Some(bin) = programs().await else { return };
    let ports = [Port::open().await, Port::open().await, Port::open().await];
    let endpoints = ports.each_ref().map(|port| port.endpoint.as_str());
    eprint!("{}", run(&bin, "walk.py", &endpoints).await);
}
