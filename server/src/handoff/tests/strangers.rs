//! Programs that speak another version, nonsense, or nothing.

use super::*;
use crate::handoff::message::decode;

#[tokio::test]
async fn versions_without_a_common_one_are_both_named() {
    let place = Place::new();
    let _waiting = wait_for_successor(Control::bind(&place.path()).unwrap());
    let link = stranger(&place.path());
    say(
        &link,
        &Message::Hello {
            oldest: 7,
            newest: 9,
            pid: 1,
        },
    );
    let Some(Message::Refused { text }) = hear(&link).await else {
        panic!("not refused");
    };
    assert!(text.contains("1 to 1") && text.contains("7 to 9"), "{text}");
}

/// What a predecessor of another kind says to Hello, and what becomes of it.
async fn answered_with(answer: &[u8]) -> HandoffError {
    let place = Place::new();
    let mut socket = ControlSocket::bind(&place.path()).unwrap();
    let path = place.path();
    let predecessor = async {
        let link = socket.accept().await;
        hear(&link).await;
        link.send_now(answer, None).unwrap();
    };
    let (error, ()) = tokio::join!(take_over(&path), predecessor);
    let error = error.unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()));
    error
}

#[tokio::test]
async fn a_predecessor_that_speaks_nonsense_is_named() {
    let encoded = |message: Message| {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        bytes
    };
    let nonsense = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0; 70_000],
        encoded(Message::Done),
    ];
    for bytes in nonsense {
        assert!(!matches!(decode(&bytes), Ok(Message::Busy)));
        let error = answered_with(&bytes).await;
        assert!(
            matches!(error, HandoffError::OtherProgram { .. }),
            "{error}"
        );
    }
    let error = answered_with(&encoded(Message::Welcome { version: 1, pid: 1 })).await;
    assert!(error.to_string().contains("receive the listener"));
    let error = answered_with(&encoded(Message::Refused { text: "no".into() })).await;
    assert!(error.to_string().ends_with("refuses to hand over: no"));
}

#[tokio::test]
async fn a_predecessor_that_says_nothing_is_not_waited_for() {
    let place = Place::new();
    let _socket = ControlSocket::bind(&place.path()).unwrap();
    let error = within(take_over_within(&place.path(), SOON))
        .await
        .unwrap_err();
    assert!(matches!(error, HandoffError::Silent { .. }), "{error}");
}

#[tokio::test]
async fn strangers_do_not_keep_a_successor_out() {
    let place = Place::new();
    let waiting = wait_for_successor(Control::bind_with(&place.path(), patient()).unwrap());
    let strangers: Vec<_> = (0..9).map(|_| stranger(&place.path())).collect();
    for (index, link) in strangers.iter().enumerate() {
        match index % 3 {
            0 => link.send_now(b"GET / HTTP/1.1\r\n\r\n", None).unwrap(),
            1 => say(link, &Message::Ready),
            _ => {}
        }
    }
    // Those that say something wrong are hung up on.
    assert_eq!(hear(&strangers[0]).await, None);
    assert_eq!(hear(&strangers[1]).await, None);
    let claim = claim(&place.path()).await;
    let _arrivals = within(claim.ready()).await.unwrap();
    within(waiting).await.unwrap();
}

#[tokio::test]
async fn strangers_that_say_nothing_are_hung_up_on() {
    let place = Place::new();
    let patience = Patience {
        handshake: SOON,
        ..patient()
    };
    let _waiting = wait_for_successor(Control::bind_with(&place.path(), patience).unwrap());
    assert_eq!(hear(&stranger(&place.path())).await, None);
}

#[tokio::test]
async fn a_candidate_that_speaks_nonsense_loses_its_place() {
    let place = Place::new();
    let waiting = wait_for_successor(Control::bind_with(&place.path(), patient()).unwrap());
    let link = stranger(&place.path());
    say(&link, &HELLO);
    assert!(matches!(hear(&link).await, Some(Message::Welcome { .. })));
    say(&link, &Message::Done);
    assert!(matches!(hear(&link).await, Some(Message::Refused { .. })));
    let claim = claim(&place.path()).await;
    let _arrivals = within(claim.ready()).await.unwrap();
    within(waiting).await.unwrap();
}

#[test]
fn the_same_user_and_root_are_trusted() {
    assert!(is_trusted(1000, 1000));
    assert!(!is_trusted(0, 1000));
    assert!(is_trusted(1000, 0));
    assert!(!is_trusted(1000, 1001));
}
