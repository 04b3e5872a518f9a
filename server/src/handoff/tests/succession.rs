//! Who is in office: one successor at a time, from generation to generation.

use super::*;

#[tokio::test]
async fn a_predecessor_that_dies_before_ready_leaves_the_office_to_its_successor() {
    let place = Place::new();
    let waiting = wait_for_successor(Control::bind(&place.path()).unwrap());
    let Inheritance { listener, claim } = inherit(&place.path()).await;
    waiting.abort();
    assert!(waiting.await.is_err_and(|error| error.is_cancelled()));
    let mut arrivals = within(claim.ready()).await.unwrap();
    assert!(within(arrivals.next()).await.is_none());
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = tokio::net::TcpListener::from_std(listener)
        .unwrap()
        .accept()
        .await
        .unwrap();
    assert_eq!(stream.peer_addr().unwrap(), client.local_addr().unwrap());
}

#[tokio::test]
async fn who_is_not_ready_in_time_is_refused_and_the_next_one_is_not() {
    let place = Place::new();
    let patience = Patience {
        ready: SOON,
        ..patient()
    };
    let waiting = wait_for_successor(Control::bind_with(&place.path(), patience).unwrap());
    let slow = inherit(&place.path()).await;
    let dead = async {
        loop {
            match take_over(&place.path()).await {
                Err(HandoffError::Busy { .. }) => yield_now().await,
                other => break other.unwrap().unwrap(),
            }
        }
    };
    drop(within(dead).await);
    let error = within(slow.claim.ready()).await.unwrap_err();
    assert!(
        error.to_string().contains("did not become ready in time"),
        "{error}"
    );
    let fast = async {
        loop {
            if let Ok(Some(next)) = take_over(&place.path()).await
                && let Ok(arrivals) = within(next.claim.ready()).await
            {
                break arrivals;
            }
        }
    };
    let _arrivals = within(fast).await;
    within(waiting).await.unwrap();
}

#[tokio::test]
async fn of_two_successors_the_second_is_told_that_the_server_is_busy() {
    let place = Place::new();
    let mut control = Control::bind(&place.path()).unwrap();
    let listener = listener();
    let path = place.path();
    let successors = async {
        let first = inherit(&path).await;
        let error = within(take_over(&path)).await.unwrap_err();
        assert!(matches!(error, HandoffError::Busy { .. }), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()));
        within(first.claim.ready()).await.unwrap()
    };
    let (successor, mut arrivals) = tokio::join!(control.successor(listener.as_fd()), successors);
    let in_office = async {
        let error = within(take_over(&path)).await.unwrap_err();
        assert!(matches!(error, HandoffError::Busy { .. }), "{error}");
        within(arrivals.leaving()).await;
        assert_eq!(within(successor.gone()).await, Gone::Left);
        loop {
            match within(take_over(&path)).await {
                Err(HandoffError::Busy { .. }) => yield_now().await,
                other => break within(other.unwrap().unwrap().claim.ready()).await.unwrap(),
            }
        }
    };
    let (_successor, _arrivals) = tokio::join!(control.successor(listener.as_fd()), in_office);
}

#[tokio::test]
async fn a_connection_goes_through_three_generations() {
    let place = Place::new();
    let path = place.path();
    let (first, successor, mut arrivals) = in_office(&path, patient()).await;
    let second = Control::bind(&path).unwrap();
    drop(first);
    assert!(path.exists(), "the second generation's");

    let waiting = wait_for_successor(second);
    let Inheritance { listener, claim } = inherit(&path).await;
    let mut last_arrivals = within(claim.ready()).await.unwrap();
    let third = Control::bind(&path).unwrap();
    let (second, last_successor, address) = within(waiting).await.unwrap();
    assert_eq!(listener.local_addr().unwrap(), address);

    let (mut client, parcel) = connection(4);
    let (given, passed) = tokio::join!(successor.offer(parcel), arrivals.next());
    given.unwrap();
    let (given, parcel) = tokio::join!(last_successor.offer(passed.unwrap()), last_arrivals.next());
    given.unwrap();
    let parcel = parcel.unwrap();
    assert_eq!(parcel.facts.requests, 4);
    converse(&mut client, &parcel);

    drop(second);
    assert!(path.exists(), "the third generation's");
    drop(third);
    assert!(!path.exists());
}

#[tokio::test]
async fn the_path_of_a_dead_successor_is_taken_back() {
    let place = Place::new();
    let path = place.path();
    let (mut control, successor, arrivals) = in_office(&path, patient()).await;
    let its = Control::bind(&path).unwrap();
    drop(arrivals);
    assert_eq!(within(successor.gone()).await, Gone::Died);
    let listener = listener();
    let next = async {
        // The dead process's socket may outlive its link for a moment.
        yield_now().await;
        drop(its);
        drop(StdUnixListener::bind(&path).unwrap());
        loop {
            match within(take_over(&path)).await {
                Ok(Some(next)) => break within(next.claim.ready()).await.unwrap(),
                _ => yield_now().await,
            }
        }
    };
    let (_successor, _arrivals) =
        within(async { tokio::join!(control.successor(listener.as_fd()), next) }).await;
}

#[tokio::test]
async fn waiting_for_a_successor_can_be_cancelled() {
    let place = Place::new();
    let mut control = Control::bind_with(&place.path(), patient()).unwrap();
    let listener = listener();
    let waiting = async {
        loop {
            if let Some(successor) = control.successor(listener.as_fd()).now_or_never() {
                break successor;
            }
            yield_now().await;
        }
    };
    let next = async { claim(&place.path()).await.ready().await.unwrap() };
    let (successor, mut arrivals) = within(async { tokio::join!(waiting, next) }).await;
    let (given, arrived) = tokio::join!(successor.offer(connection(1).1), arrivals.next());
    assert!(given.is_ok() && arrived.is_some());
}
