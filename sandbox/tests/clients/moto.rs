//! moto, beside the sandbox: the same calls, the same answers, but for the differences that `python/gaps.py` lists with a
//! reason each. <https://docs.getmoto.org>

use crate::port::Port;
use crate::python::{programs, run};

#[tokio::test(flavor = "multi_thread")]
async fn moto_answers_the_same_but_for_its_known_gaps() {
    let Some(bin) = programs().await else { return };
    let port = Port::open().await;
    eprint!("{}", run(&bin, "compare.py", &[&port.endpoint]).await);
}
