//! Events are gone an hour after they were last written.

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::sim::Delay;
use podyard_engine::value::Value;
use podyard_engine::wire::{Method, Request};

/// The reasons of all Events about what is called `name`.
fn reasons(cluster: &Cluster, name: &str) -> Vec<String> {
    let events = cluster.api().list(cluster.kinds().event, "default");
    let about = events.filter(|event| event.at(&["involvedObject", "name"]).text() == name);
    about.map(|event| event["reason"].text().to_owned()).collect()
}

/// A Pod whose image cannot be had: told again and again.
fn start(cluster: &mut Cluster, name: &str, image: &str) {
    let pod: Value = podyard_engine::value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name },
        "spec": { "containers": [{ "name": "main", "image": image }] },
    });
    let response = cluster.handle(&Request {
        method: Method::Post,
        target: "/api/v1/namespaces/default/pods".to_owned(),
        content_type: "application/json".to_owned(),
        body: pod.to_json().into_bytes(),
        ..Request::default()
    });
    assert_eq!(response.status, 201);
}

fn pass(cluster: &mut Cluster, minutes: i64) {
    let then = cluster.now() + Delay::secs(60 * minutes);
    cluster.advance_to(then);
}

#[test]
fn an_event_lives_an_hour_after_its_last_write() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    start(&mut cluster, "good", "nginx");
    start(&mut cluster, "bad", "no-such-image:nowhere");
    pass(&mut cluster, 59);
    assert!(reasons(&cluster, "good").contains(&"Started".to_owned()));
    pass(&mut cluster, 3);
    assert_eq!(reasons(&cluster, "good"), Vec::<String>::new());
    // The back-off is told anew every few minutes, so its Event lives on.
    assert!(reasons(&cluster, "bad").contains(&"BackOff".to_owned()));
    assert!(!reasons(&cluster, "bad").contains(&"Scheduled".to_owned()));
}
