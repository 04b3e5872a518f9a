use super::entry::SCHEMA;
use super::*;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::watch;

const LENGTH: Duration = Duration::from_mins(1);

/// A clock that stands still until it is moved, or, when hurried, jumps to the end of every rest.
struct Hands {
    now: watch::Sender<Timestamp>,
    resting: watch::Sender<bool>,
    hurried: bool,
}

impl Hands {
    fn new(hurried: bool) -> Arc<Self> {
        let now = "2026-03-09T12:00:00Z".parse().unwrap();
        Arc::new(Self {
            now: watch::channel(now).0,
            resting: watch::channel(false).0,
            hurried,
        })
    }

    fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }

    /// Moves the clock once somebody rests by it.
    async fn pass(&self, by: Duration) {
        let mut resting = self.resting.subscribe();
        resting.wait_for(|resting| *resting).await.unwrap();
        self.advance(by);
    }
}

#[async_trait::async_trait]
impl Pace for Hands {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn rest(&self, length: Duration) {
        if self.hurried {
            return self.advance(length);
        }
        let until = self.now() + length;
        let mut now = self.now.subscribe();
        self.resting.send_replace(true);
        let _ = now.wait_for(|now| *now >= until).await;
        self.resting.send_replace(false);
    }
}

fn log() -> (TempDir, LeaseLog) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let store = Store::open(&url, &contract::store::Access::default()).unwrap();
    let (service, environment) = ("example".parse().unwrap(), "prod".parse().unwrap());
    (folder, LeaseLog::new(store, &service, &environment))
}

fn claim(owner: &str) -> Claim {
    Claim {
        owner: owner.to_owned(),
        nonce: format!("nonce of {owner}"),
        length: LENGTH,
    }
}

async fn acquire(log: &LeaseLog, owner: &str, pace: &Hands) -> Result<Taken, LeaseError> {
    log.acquire(&claim(owner), pace, &mut |_| {}).await
}

#[tokio::test]
async fn the_head_is_found_at_any_length_of_the_log() {
    let (_folder, log) = log();
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(log.head().await.unwrap(), None);
    for number in 1..=70 {
        let entry = claim("ada").entry(LeaseKind::Held, now);
        assert!(log.create(number, &entry).await.unwrap());
        assert_eq!(log.head().await.unwrap().unwrap().number, number);
    }
}

#[tokio::test]
async fn of_two_contenders_one_takes_it_and_the_other_waits_it_out() {
    let (_folder, log) = log();
    let pace = Hands::new(true);
    let first = acquire(&log, "ada", &pace).await.unwrap();
    let waits = Mutex::new(Vec::new());
    let second = log
        .acquire(&claim("bob"), pace.as_ref(), &mut |on| {
            waits.lock().unwrap().push(on);
        })
        .await
        .unwrap();
    let until = first.until + CLOCK_SKEW;
    let owner = "ada".to_owned();
    assert_eq!(*waits.lock().unwrap(), [WaitingOn::Lease { owner, until }]);
    assert!(pace.now() >= until, "not before it has run out");
    assert_eq!(
        (first.number, second.number),
        (1, 2),
        "the fencing number grows"
    );
}

#[tokio::test]
async fn contenders_at_the_same_moment_cannot_both_win() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let now = pace.now();
    let (ada, bob) = (claim("ada"), claim("bob"));
    let both = tokio::join!(log.take(1, &ada, now), log.take(1, &bob, now));
    let winners = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten();
    assert_eq!(winners.count(), 1);
}

#[tokio::test]
async fn a_living_holder_is_named_and_left_alone() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let mut living = acquire(&log, "ada", &pace).await.unwrap();
    // The contender's first glance finds the renewal that came after it had read the head.
    let head = log.head().await.unwrap().unwrap();
    assert!(living.renew(pace.now()).await.unwrap());
    let refused = log.outwait(&head, pace.as_ref(), &mut |_| {}).await;
    assert!(matches!(refused, Err(LeaseError::Held { owner }) if owner == "ada"));
}

#[tokio::test]
async fn a_released_lease_is_free_at_once() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let lease = acquire(&log, "ada", &pace)
        .await
        .unwrap()
        .keep(pace.clone());
    lease.release().await;
    let head = log.head().await.unwrap().unwrap();
    assert_eq!(head.entry.kind, LeaseKind::Released);
    let next = acquire(&log, "bob", &pace).await.unwrap();
    assert_eq!(next.number, 3);
}

#[tokio::test]
async fn a_kept_lease_renews_itself_and_knows_when_it_is_lost() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let lease = acquire(&log, "ada", &pace)
        .await
        .unwrap()
        .keep(pace.clone());
    let mut tenure = lease.tenure();
    let first = tenure.borrow().until;
    pace.pass(LENGTH / 3).await;
    tenure
        .wait_for(|tenure| tenure.until > first)
        .await
        .unwrap();
    let now = pace.now();
    assert_eq!(tenure.borrow().standing(now), Standing::Held);
    assert!(
        matches!(tenure.borrow().standing(now + LENGTH), Standing::RanOut(_)),
        "it ends unless renewed"
    );

    let stolen = claim("bob").entry(LeaseKind::Held, now);
    assert!(log.create(3, &stolen).await.unwrap());
    pace.pass(LENGTH / 3).await;
    let lost = tenure
        .wait_for(|tenure| tenure.lost.is_some())
        .await
        .unwrap();
    assert!(matches!(lost.standing(now), Standing::Lost(_)));
}

#[tokio::test]
async fn a_renewal_whose_answer_was_lost_is_still_ours() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let mut taken = acquire(&log, "ada", &pace).await.unwrap();
    let arrived = claim("ada").entry(LeaseKind::Held, pace.now());
    assert!(log.create(2, &arrived).await.unwrap());
    pace.advance(Duration::from_secs(1));
    assert!(taken.renew(pace.now()).await.unwrap());
    assert_eq!((taken.number, taken.until), (2, arrived.expires));
}

#[tokio::test]
async fn a_dead_holder_with_a_clock_far_ahead_is_not_waited_for_until_then() {
    let (_folder, log) = log();
    let pace = Hands::new(true);
    let dead = LeaseEntry {
        expires: pace.now() + Duration::from_hours(24 * 365),
        ..claim("ada").entry(LeaseKind::Held, pace.now())
    };
    assert!(log.create(1, &dead).await.unwrap());
    let end = pace.now() + LONGEST + CLOCK_SKEW + GLANCE;
    let taken = acquire(&log, "bob", &pace).await.unwrap();
    assert_eq!(taken.number, 2);
    assert!(pace.now() <= end);
}

#[tokio::test]
async fn an_entry_of_a_later_format_or_a_damaged_one_is_refused() {
    let (_folder, log) = log();
    let later = LeaseEntry {
        schema: SCHEMA + 1,
        ..claim("ada").entry(LeaseKind::Released, Timestamp::UNIX_EPOCH)
    };
    assert!(log.create(1, &later).await.unwrap());
    let refused = log.head().await;
    assert!(matches!(
        refused,
        Err(LeaseError::LaterFormat { schema: 2, .. })
    ));
    log.store.create(&log.path(2), "{").await.unwrap();
    assert!(matches!(
        log.head().await,
        Err(LeaseError::Malformed { .. })
    ));
}

#[tokio::test]
async fn the_fence_stays_that_of_the_taking_whatever_is_renewed() {
    let (_folder, log) = log();
    let pace = Hands::new(false);
    let lease = acquire(&log, "ada", &pace)
        .await
        .unwrap()
        .keep(pace.clone());
    let mut tenure = lease.tenure();
    let first = tenure.borrow().until;
    pace.pass(LENGTH / 3).await;
    tenure
        .wait_for(|tenure| tenure.until > first)
        .await
        .unwrap();
    assert_eq!(lease.fence(), 1);
    assert_eq!(log.head().await.unwrap().unwrap().number, 2);
}

#[tokio::test]
async fn who_wakes_up_after_a_long_sleep_sees_that_the_log_has_moved_on() {
    let (_folder, log) = log();
    let (pace, ada) = (Hands::new(false), claim("ada"));
    let later = claim("bob").entry(LeaseKind::Held, pace.now());
    assert!(log.create(3, &later).await.unwrap());
    let taken = log.take(2, &ada, pace.now()).await.unwrap();
    assert!(taken.is_none(), "number 2 was free, and is not the head");
}
