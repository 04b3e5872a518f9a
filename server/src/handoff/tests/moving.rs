//! Connections that move, and whose they are when either side dies, hangs or leaves.

use super::*;

#[tokio::test]
async fn a_thousand_connections_move_and_work() {
    let place = Place::new();
    let (_control, successor, mut arrivals) = in_office(&place.path(), patient()).await;
    let (mut clients, parcels) = connections(1000);
    let facts: Vec<_> = parcels.iter().map(|parcel| parcel.facts).collect();
    let offers = offer_all(&successor, parcels);
    drop(successor);
    let mut seen = BTreeSet::new();
    while let Some(parcel) = within(arrivals.next()).await {
        let number = parcel.facts.requests;
        assert_eq!(parcel.facts, facts[number as usize]);
        assert_eq!(parcel.prefix, prefix(number));
        converse(&mut clients[number as usize], &parcel);
        assert!(seen.insert(number));
    }
    assert_eq!(seen.len(), 1000, "and then the predecessor was done");
    assert!(outcomes(offers).await.iter().all(Result::is_ok));
}

/// Descriptors on both sides are in one process here, which bounds how many there can be.
#[tokio::test]
#[ignore = "a measurement"]
async fn eight_thousand_connections_move_within_a_second() {
    let place = Place::new();
    let (_control, successor, mut arrivals) = in_office(&place.path(), patient()).await;
    let (_client, parcel) = connection(0);
    let parcels = (0..8000)
        .map(|_| Parcel {
            stream: parcel.stream.try_clone().unwrap(),
            prefix: Bytes::new(),
            ..parcel
        })
        .collect();
    let start = std::time::Instant::now();
    let offers = offer_all(&successor, parcels);
    drop(successor);
    let mut moved = 0;
    while arrivals.next().await.is_some() {
        moved += 1;
    }
    println!("{moved} in {:?}", start.elapsed());
    assert!(moved == 8000 && start.elapsed() < Duration::from_secs(1));
    assert!(outcomes(offers).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn when_the_successor_dies_each_connection_is_taken_or_returned() {
    for takes in [0, 1, 2, 63, 128, 129, 250, 300] {
        let place = Place::new();
        let (mut control, successor, mut arrivals) = in_office(&place.path(), patient()).await;
        let (mut clients, parcels) = connections(300);
        let offers = offer_all(&successor, parcels);
        let mut taken = BTreeSet::new();
        for _ in 0..takes {
            let parcel = within(arrivals.next()).await.unwrap();
            converse(&mut clients[parcel.facts.requests as usize], &parcel);
            taken.insert(parcel.facts.requests);
        }
        // Somewhere between receiving one and answering for it.
        let _ = arrivals.next().now_or_never().flatten().map(|parcel| {
            taken.insert(parcel.facts.requests);
        });
        drop(arrivals);
        for (number, outcome) in (0_u32..).zip(outcomes(offers).await) {
            match outcome {
                Ok(()) => assert!(taken.contains(&number), "{number} of {takes} is lost"),
                Err(parcel) => {
                    assert!(!taken.contains(&number), "{number} of {takes} is in both");
                    assert_eq!(parcel.prefix, prefix(number));
                    converse(&mut clients[number as usize], &parcel);
                }
            }
        }
        assert_eq!(within(successor.gone()).await, Gone::Died);
        assert!(successor.offer(connection(7).1).await.is_err());

        let listener = listener();
        let next = async {
            let claim = claim(&place.path()).await;
            within(claim.ready()).await.unwrap()
        };
        let ((), mut arrivals) = tokio::join!(
            async {
                let successor = within(control.successor(listener.as_fd())).await;
                assert!(successor.offer(connection(7).1).await.is_ok());
            },
            async {
                let mut arrivals = next.await;
                assert!(within(arrivals.next()).await.is_some());
                arrivals
            }
        );
        assert!(within(arrivals.next()).await.is_none());
    }
}

#[tokio::test]
async fn when_the_predecessor_dies_what_it_had_sent_arrives() {
    let place = Place::new();
    let (link, mut arrivals) = puppet_predecessor(&place.path()).await;
    let (mut client, parcel) = connection(5);
    for id in 0..20 {
        send_connection(&link, id, &parcel, Some(parcel.stream.as_fd()));
    }
    let first = within(arrivals.next()).await.unwrap();
    // It dies with an answer unread, which resets the link ahead of what it had sent.
    drop(link);
    drop(parcel);
    for _ in 1..20 {
        assert!(within(arrivals.next()).await.is_some());
    }
    assert!(within(arrivals.next()).await.is_none());
    converse(&mut client, &first);
}

#[tokio::test]
async fn a_successor_that_answers_nonsense_is_gone_and_nothing_is_lost() {
    for nonsense in [Message::Taken { id: 77 }, Message::Ready] {
        let place = Place::new();
        let (_control, successor, link) = puppet(&place.path(), patient()).await;
        let (mut client, parcel) = connection(1);
        let offer = tokio::spawn({
            let successor = successor.clone();
            async move { successor.offer(parcel).await }
        });
        assert!(matches!(
            hear(&link).await,
            Some(Message::Connection { .. })
        ));
        say(&link, &nonsense);
        let parcel = within(offer).await.unwrap().unwrap_err();
        assert_eq!(within(successor.gone()).await, Gone::Died);
        converse(&mut client, &parcel);
    }
}

#[tokio::test]
async fn what_the_successor_cannot_receive_stays() {
    let place = Place::new();
    let (_control, successor, link) = puppet(&place.path(), patient()).await;
    let offers = offer_all(&successor, connections(2).1);
    for declined in [true, false] {
        let Some(Message::Connection { id, .. }) = hear(&link).await else {
            panic!("no connection");
        };
        if declined {
            say(&link, &Message::Declined { id });
        } else {
            say(&link, &Message::Taken { id });
        }
    }
    let outcomes = outcomes(offers).await;
    assert!(outcomes[0].is_err() && outcomes[1].is_ok());
}

#[tokio::test]
async fn a_prefix_that_is_too_long_stays() {
    let place = Place::new();
    let (_control, successor, _arrivals) = in_office(&place.path(), patient()).await;
    let (_client, mut parcel) = connection(1);
    parcel.prefix = vec![0; 60 * 1024 + 1].into();
    assert!(within(successor.offer(parcel)).await.is_err());
}

#[tokio::test]
async fn while_the_successor_hangs_connections_stay() {
    let place = Place::new();
    let patience = Patience {
        stall: SOON,
        ..patient()
    };
    let (_control, successor, mut arrivals) = in_office(&place.path(), patience).await;
    let (_clients, parcels) = connections(300);
    let offers = offer_all(&successor, parcels);
    let finished =
        |offers: &[JoinHandle<_>]| offers.iter().filter(|offer| offer.is_finished()).count();
    within(async {
        while finished(&offers) < 300 - 128 {
            yield_now().await;
        }
    })
    .await;
    assert!(within(successor.offer(connection(4).1)).await.is_err());
    let mut taken = 0;
    within(async {
        while finished(&offers) < 300 {
            taken += usize::from(arrivals.next().now_or_never().flatten().is_some());
            yield_now().await;
        }
    })
    .await;
    assert!(taken > 0);
    let moved = outcomes(offers)
        .await
        .iter()
        .filter(|outcome| outcome.is_ok())
        .count();
    assert_eq!(moved, taken, "those sent before it hung, and no other");
    let offer = offer_all(&successor, vec![connection(4).1]);
    assert!(within(arrivals.next()).await.is_some());
    assert!(outcomes(offer).await[0].is_ok(), "it goes on");
}

#[tokio::test]
async fn a_successor_that_leaves_takes_nothing_more() {
    let place = Place::new();
    let (_control, successor, mut arrivals) = in_office(&place.path(), patient()).await;
    let (mut clients, parcels) = connections(200);
    let offers = offer_all(&successor, parcels);
    let first = within(arrivals.next()).await.unwrap();
    within(arrivals.leaving()).await;
    assert!(within(arrivals.next()).await.is_none());
    assert_eq!(within(successor.gone()).await, Gone::Left);
    let mut outcomes = outcomes(offers).await.into_iter();
    assert!(outcomes.next().unwrap().is_ok());
    converse(&mut clients[0], &first);
    assert_eq!(outcomes.filter(Result::is_err).count(), 199);
}

#[tokio::test]
async fn waiting_for_arrivals_can_be_cancelled() {
    let place = Place::new();
    let (_control, successor, mut arrivals) = in_office(&place.path(), patient()).await;
    let offers = offer_all(&successor, connections(200).1);
    drop(successor);
    let mut numbers = Vec::new();
    within(async {
        while numbers.len() < 200 {
            if let Some(Some(parcel)) = arrivals.next().now_or_never() {
                numbers.push(parcel.facts.requests);
            }
            yield_now().await;
        }
    })
    .await;
    assert!(numbers.is_sorted());
    assert!(outcomes(offers).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn what_does_not_arrive_whole_is_declined() {
    let place = Place::new();
    let (link, mut arrivals) = puppet_predecessor(&place.path()).await;
    let (_client, parcel) = connection(5);
    send_connection(&link, 1, &parcel, None);
    send_connection(&link, 2, &parcel, Some(parcel.stream.as_fd()));
    assert!(within(arrivals.next()).await.is_some());
    assert_eq!(hear(&link).await, Some(Message::Declined { id: 1 }));
    assert_eq!(hear(&link).await, Some(Message::Taken { id: 2 }));
    say(&link, &Message::Done);
    assert!(within(arrivals.next()).await.is_none());
}
