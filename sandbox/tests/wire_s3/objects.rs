//! Objects, read and written, conditions included.

use std::sync::Arc;

use http::StatusCode;

use crate::stage::{HELLO_MD5, Store, all, assert_refused};

#[tokio::test]
async fn an_object_is_a_plain_file_and_comes_back_whole() {
    let store = Store::start().await;
    let put = store.put("a/b%20c/d%2Be.txt", "hello").await;
    assert_eq!(
        (put.status, put.header("etag")),
        (StatusCode::OK, HELLO_MD5)
    );
    assert_eq!(
        std::fs::read(store.file("a/b c/d+e.txt")).unwrap(),
        b"hello"
    );

    let get = store.get("a/b%20c/d%2Be.txt", &[]).await;
    assert_eq!((get.status, get.text()), (StatusCode::OK, "hello"));
    assert_eq!(get.header("etag"), HELLO_MD5);
    assert_eq!(get.header("content-length"), "5");
    assert!(get.header("last-modified").ends_with(" GMT"));

    let head = store
        .ask("HEAD", "/releases/a/b%20c/d%2Be.txt", &[], "")
        .await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "5")
    );
    assert_eq!(store.leftovers(), 0);
}

#[tokio::test]
async fn a_file_put_into_the_folder_is_an_object() {
    let store = Store::start().await;
    std::fs::create_dir_all(store.file("x")).unwrap();
    std::fs::write(store.file("x/y"), "hello").unwrap();
    assert_eq!(store.get("x/y", &[]).await.header("etag"), HELLO_MD5);
    std::fs::write(store.file("x/y"), "hello, again").unwrap();
    let get = store.get("x/y", &[]).await;
    assert_eq!(get.text(), "hello, again");
    assert_ne!(get.header("etag"), HELLO_MD5);
    assert_eq!(store.keys("").await, ["x/y"]);
}

#[tokio::test]
async fn large_objects_pass_through_in_pieces() {
    let store = Store::start().await;
    let body: Vec<u8> = (0..3_000_001u32)
        .map(|n| n.to_le_bytes()[n as usize % 3])
        .collect();
    store.ask("PUT", "/releases/large", &[], body.clone()).await;
    assert_eq!(store.get("large", &[]).await.body, body);
    let part = store
        .get("large", &[("range", "bytes=1000000-2000000")])
        .await;
    assert_eq!(part.body, body[1_000_000..=2_000_000]);
}

#[tokio::test]
async fn ranges_and_conditions_on_reading() {
    let store = Store::start().await;
    store.put("o", "hello").await;
    let part = store.get("o", &[("range", "bytes=1-3")]).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "ell"));
    assert_eq!(part.header("content-range"), "bytes 1-3/5");
    let beyond = store.get("o", &[("range", "bytes=5-")]).await;
    assert_refused(&beyond, 416, "InvalidRange");
    assert_eq!(beyond.header("content-range"), "bytes */5");

    for (header, value, status) in [
        ("if-none-match", HELLO_MD5, 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"other\"", 200),
        ("if-match", HELLO_MD5, 200),
        ("if-match", "\"other\"", 412),
    ] {
        let get = store.get("o", &[(header, value)]).await;
        assert_eq!(get.status.as_u16(), status, "{header}: {value}");
    }
    let unchanged = store.get("o", &[("if-none-match", HELLO_MD5)]).await;
    assert_eq!(
        (unchanged.header("etag"), unchanged.text()),
        (HELLO_MD5, "")
    );
}

#[tokio::test]
async fn of_many_creating_at_once_one_wins() {
    let store = Arc::new(Store::start().await);
    for round in 0..5 {
        let target = format!("/releases/lease/{round}");
        let mut racers = tokio::task::JoinSet::new();
        for racer in 0..16 {
            let (store, target) = (Arc::clone(&store), target.clone());
            racers.spawn(async move {
                let body = format!("racer {racer}");
                let answer = store
                    .ask("PUT", &target, &[("if-none-match", "*")], body.clone())
                    .await;
                (answer.status.as_u16(), body)
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) = racers
            .join_all()
            .await
            .into_iter()
            .partition(|(status, _)| *status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|(status, _)| *status == 412));
        let kept = store.get(&format!("lease/{round}"), &[]).await;
        assert_eq!(kept.text(), won[0].1);
    }
    assert_eq!(store.leftovers(), 0);
}

#[tokio::test]
async fn of_many_replacing_the_same_version_one_wins() {
    let store = Arc::new(Store::start().await);
    let etag = store.put("o", "first").await.header("etag").to_owned();
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..16 {
        let (store, etag) = (Arc::clone(&store), etag.clone());
        racers.spawn(async move {
            let headers = [("if-match", etag.as_str())];
            let body = format!("racer {racer}");
            store
                .ask("PUT", "/releases/o", &headers, body)
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = racers.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 412));
}

#[tokio::test]
async fn conditions_on_writing_name_what_did_not_hold() {
    let store = Store::start().await;
    let put = async |headers: &[(&str, &str)]| store.ask("PUT", "/releases/o", headers, "x").await;
    let missing = put(&[("if-match", HELLO_MD5)]).await;
    assert_refused(&missing, 404, "NoSuchKey");
    store.put("o", "hello").await;
    let taken = put(&[("if-none-match", "*")]).await;
    assert_refused(&taken, 412, "PreconditionFailed");
    assert_eq!(all(taken.text(), "Condition"), ["If-None-Match"]);
    let stale = put(&[("if-match", "\"other\"")]).await;
    assert_refused(&stale, 412, "PreconditionFailed");
    assert_eq!(all(stale.text(), "Condition"), ["If-Match"]);
    let odd = put(&[("if-none-match", HELLO_MD5)]).await;
    assert_refused(&odd, 501, "NotImplemented");
    assert_eq!(store.get("o", &[]).await.text(), "hello");
    assert_eq!(put(&[("if-match", HELLO_MD5)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn readers_see_an_old_or_a_new_object_never_a_mixture() {
    let store = Arc::new(Store::start().await);
    let bodies: Vec<String> = ["a", "b"].map(|letter| letter.repeat(300_000)).into();
    store.put("o", &bodies[0]).await;
    let writer = tokio::spawn({
        let (store, bodies) = (Arc::clone(&store), bodies.clone());
        async move {
            for round in 0..20 {
                assert_eq!(
                    store.put("o", &bodies[round % 2]).await.status,
                    StatusCode::OK
                );
            }
        }
    });
    while !writer.is_finished() {
        let get = store.get("o", &[]).await;
        assert!(bodies.iter().any(|body| body == get.text()));
    }
    writer.await.unwrap();
}
