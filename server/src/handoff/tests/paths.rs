//! The file at the handoff path.

use super::*;

#[tokio::test]
async fn the_socket_is_for_its_owner_and_goes_with_it() {
    let place = Place::new();
    let control = Control::bind(&place.path()).unwrap();
    let mode = place.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(control);
    assert!(!place.path().exists());
    let left = place.folder.path().read_dir().unwrap().count();
    assert_eq!(left, 0, "nor is there anything else");
    assert!(take_over(&place.path()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_stale_socket_is_nobody_and_is_replaced() {
    let place = Place::new();
    drop(StdUnixListener::bind(place.path()).unwrap());
    assert!(take_over(&place.path()).await.unwrap().is_none());
    let (_control, _successor, _arrivals) = in_office(&place.path(), patient()).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_path_is_said() {
    let place = Place::new();
    let told = async |path: &Path| {
        let asked = take_over(path).await.unwrap_err().to_string();
        if let Err(bound) = Control::bind(path) {
            assert_eq!(asked, bound.to_string());
        }
        asked
    };
    let no_folder = place.folder.path().join("missing/handoff");
    assert!(told(&no_folder).await.contains("does not exist"));

    let long = place.folder.path().join("x".repeat(200));
    assert!(told(&long).await.contains("too long for a socket"));

    std::fs::write(place.path(), "mine").unwrap();
    assert!(told(&place.path()).await.contains("is no socket"));
    assert_eq!(std::fs::read(place.path()).unwrap(), b"mine");
    std::fs::remove_file(place.path()).unwrap();

    let _other = StdUnixListener::bind(place.path()).unwrap();
    assert!(
        told(&place.path())
            .await
            .contains("something else than this server")
    );
}

#[tokio::test]
async fn a_path_of_the_greatest_length_works() {
    let place = Place::new();
    let folder = place.folder.path();
    let path = folder.join("x".repeat(107 - 1 - folder.as_os_str().len()));
    let (_control, _successor, _arrivals) = in_office(&path, patient()).await;
}
