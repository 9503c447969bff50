//! What the solution does beyond the page, and no reader is held to.

use checks::{Client, Explain, ScriptedRoom, check, program};

const TASK_3: &str = "05-clean-exit.md#task-3-a-farewell-that-ends";

/// Commands that go on are counted when they are abandoned, and nothing is said where there are none.
#[test]
fn abandoned_commands_are_counted() {
    for (commands, said) in [(0, None), (2, Some("abandoned: 2 of your commands"))] {
        let room = ScriptedRoom::open();
        let mut client = Client::on_terminal(&program!("05"), &room);
        (0..commands).for_each(|_| client.type_line("/sleep 30"));
        client.type_line("that is all");
        room.hears("that is all").or_explain("a line is not sent to the room", TASK_3);
        client.end_input();
        client.exits().or_explain("the client waits for its commands", TASK_3);
        let screen = client.screen();
        let seen = screen.lines().find(|line| line.starts_with("abandoned: "));
        check(seen == said, format!("{said:?}"), format!("{seen:?}")).or_explain("it miscounts", TASK_3);
    }
}
