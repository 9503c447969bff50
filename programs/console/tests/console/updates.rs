//! What a console is told: a task whose poll has begun and does not end.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use console_api::instrument::{InstrumentRequest, Update, instrument_client::InstrumentClient};

use crate::{LONG, Service};

/// One task is in a poll for more than half a second, and its place in the source is told.
#[test]
fn stuck_task_is_told_while_it_is_stuck() {
    let service = Service::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stuck = runtime.block_on(async { tokio::time::timeout(LONG, stuck(&service.at)).await });
    let place = stuck.expect("no task was stuck in time");
    assert!(place.contains("your-program/src/service.rs:"), "{place}");
}

/// Waits until a task has been in one poll for half a second; the place that spawned it.
async fn stuck(at: &str) -> String {
    let mut client = loop {
        match InstrumentClient::connect(format!("http://{at}")).await {
            Ok(client) => break client,
            // The service has not come so far; nothing tells when it has.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    let mut updates = client.watch_updates(InstrumentRequest {}).await.unwrap().into_inner();
    let mut places = HashMap::new();
    loop {
        let update = updates.message().await.unwrap().expect("the service goes on");
        if let Some(task) = stuck_in(&update, &mut places) {
            return task;
        }
    }
}

fn stuck_in(update: &Update, places: &mut HashMap<u64, String>) -> Option<String> {
    let tasks = update.task_update.as_ref()?;
    for task in &tasks.new_tasks {
        let place = task.location.as_ref().map(ToString::to_string);
        places.insert(task.id.as_ref()?.id, place.unwrap_or_default());
    }
    let now = SystemTime::try_from(update.now?).ok()?;
    tasks.stats_update.iter().find_map(|(id, stats)| {
        let poll = stats.poll_stats.as_ref()?;
        let began = SystemTime::try_from(poll.last_poll_started?).ok()?;
        let ended = poll.last_poll_ended.and_then(|ended| SystemTime::try_from(ended).ok());
        let is_inside = ended.is_none_or(|ended| ended < began);
        let place = places.get(id).filter(|place| place.contains("service.rs"))?;
        (is_inside && now.duration_since(began).ok()? > Duration::from_millis(500)).then(|| place.clone())
    })
}
