//! `book/python/12_worker_process.py`: a function crosses by its name, and a lambda has none.

use checks::{Client, Ended, ScriptedRoom};

use crate::script;

/// Named functions are run, a print is harmless, a lambda is refused, and a crash breaks the pool for good.
#[test]
fn python_sends_names_to_a_process() {
    let Some(script) = script("12_worker_process.py") else { return };
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&script, &room);
    room.joined().unwrap();
    client.type_line("/upper tea");
    client.shows("== /upper tea: TEA").unwrap();
    client.type_line("/print hello");
    client.shows("== /print hello: None").unwrap();
    client.type_line("/upper for two");
    client.shows("== /upper for two: FOR TWO").unwrap();
    client.type_line("/lambda tea");
    client.shows("!! /lambda tea: PicklingError(\"Can't pickle <function <lambda>").unwrap();
    client.type_line("/crash now");
    client.shows("!! /crash now: BrokenProcessPool(").unwrap();
    client.type_line("/upper again");
    client.shows("!! /upper again: BrokenProcessPool(").unwrap();
    room.say("the kettle boils");
    client.shows("<< the kettle boils").unwrap();
    room.pongs(2).unwrap();
    client.end_input();
    assert_eq!(client.exits().unwrap(), Ended::Status(0), "{}", client.screen());
}
