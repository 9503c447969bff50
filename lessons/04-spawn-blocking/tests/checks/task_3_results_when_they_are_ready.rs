//! Task 3, results when they are ready: the room goes on while commands run, and the quickest is answered first.

#[cfg(unix)]
use std::time::Duration;
use std::{env, fs, process};

use checks::{Client, Explain, ScriptedRoom, program};
#[cfg(unix)]
use checks::{Gate, Missed, check};
#[cfg(unix)]
use practice::Rules;

#[cfg(unix)]
use super::common::TASK_2;
use super::common::{NO_JOIN, TASK_1};

const TASK_3: &str = "04-spawn-blocking.md#task-3-results-when-they-are-ready";

/// While a command blocks, pongs go out, messages are shown and a typed line is sent; then the result is shown.
#[cfg(unix)]
#[test]
fn room_goes_on_while_a_command_runs() {
    let room = ScriptedRoom::strict();
    let mut client = Client::on_terminal(&program!("04"), &room);
    let mut gate = Gate::shut();
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line(&gate.command());
    gate.blocks_a_job().or_explain("a typed command is lost, or never run", TASK_2);
    let waits = "an arm of `select!` awaits the command: meanwhile no other arm is polled";
    room.pongs(6).or_explain(waits, TASK_3);
    room.say("the kettle boils");
    client.shows("the kettle boils").or_explain(waits, TASK_3);
    client.type_line("who has a cup?");
    let heard = room.hears_next("who has a cup?");
    let likely = match heard.as_ref().is_err_and(|missed| missed.instead.starts_with("`/read")) {
        true => "a command is for this client alone, and was sent to the room as well",
        false => "no next prompt is set before the command has its result",
    };
    heard.or_explain(likely, TASK_3);
    gate.open("hot water\n\n  and milk\n");
    client.shows(&format!("== {}: hot water", gate.command())).or_explain("the result is lost", TASK_3);
    client.shows("  and milk").or_explain("a result has several lines, and one of them is shown", TASK_3);
}

/// Without named pipes: a message comes between a long command and its result.
#[cfg(not(unix))]
#[test]
fn room_goes_on_while_a_command_runs() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line("/sleep 4");
    client.type_line("who has a cup?");
    let waits = "an arm of `select!` awaits the command: meanwhile no other arm is polled";
    client.shows("<< you: who has a cup?").or_explain(waits, TASK_3);
    client.shows("== /sleep 4: awake again").or_explain(waits, TASK_3);
}

/// A result is shown when it is ready, and not when something else happens: this room neither speaks nor pings.
#[cfg(unix)]
#[test]
fn result_is_shown_in_a_silent_room() {
    let room =
        ScriptedRoom::with(Rules { bots: false, ping_every: Duration::from_secs(3600), ..Rules::default() });
    let mut client = Client::on_terminal(&program!("04"), &room);
    let mut gate = Gate::shut();
    room.joined().or_explain(NO_JOIN, TASK_1);
    client.type_line(&gate.command());
    gate.blocks_a_job().or_explain("a typed command is lost, or never run", TASK_2);
    gate.open("hot water");
    let result = format!("== {}: hot water", gate.command());
    client.shows(&result).unwrap_or_else(|missed| {
        room.say("what is it?");
        let likely = match client.shows(&result) {
            Ok(()) => "the loop looks at results when something else happens: give them an arm of `select!`",
            Err(_) => "the result is lost",
        };
        Err(missed).or_explain(likely, TASK_3)
    });
}

/// The command that ends first is answered first, although it was typed last.
#[cfg(unix)]
#[test]
fn results_come_in_the_order_of_completion() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    let (mut slow, mut quick) = (Gate::shut(), Gate::shut());
    room.joined().or_explain(NO_JOIN, TASK_1);
    for gate in [&mut slow, &mut quick] {
        client.type_line(&gate.command());
        gate.blocks_a_job().or_explain("a command begins when the one before it has ended", TASK_3);
    }
    quick.open("second typed");
    let late = "results wait for those of the commands typed before";
    client.shows(&format!("== {}: second typed", quick.command())).or_explain(late, TASK_3);
    slow.open("first typed");
    client.shows(&format!("== {}: first typed", slow.command())).or_explain("a result is lost", TASK_3);
}

/// A dozen commands run at once, the room goes on, and each has its result once when all end together.
#[cfg(unix)]
#[test]
fn dozen_commands_run_at_once() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    let mut gates: Vec<Gate> = (0..12).map(|_| Gate::shut()).collect();
    room.joined().or_explain(NO_JOIN, TASK_1);
    for (running, gate) in gates.iter_mut().enumerate() {
        client.type_line(&gate.command());
        gate.blocks_a_job().unwrap_or_else(|missed| {
            let instead = format!("{}, while {running} others run", missed.instead);
            Err(Missed::new(missed.expected, instead))
                .or_explain("a command waits for the end of others", TASK_3)
        });
    }
    client.type_line("who has a cup?");
    room.hears("who has a cup?").or_explain("no line is read or sent while many commands run", TASK_3);
    let all_end = client.held(|| gates.iter_mut().for_each(|gate| gate.open("hot water")));
    all_end.or_explain("the system does not stop processes", TASK_3);
    for _ in &gates {
        client.shows(": hot water").or_explain("a result is lost when several come at once", TASK_3);
    }
    client.end_input();
    client
        .exits()
        .or_explain("the end of input does not end the loop, or a `read_line` left behind took it", TASK_2);
    let screen = client.screen();
    for result in gates.iter().map(|gate| format!("== {}: hot water", gate.command())) {
        let times = screen.matches(&result).count();
        check(times == 1, format!("one line `{result}`"), format!("{times} of them"))
            .or_explain("the task prints its result, and the loop prints it again", TASK_3);
    }
}

/// A command that is typed twice runs twice, also while the first one runs.
#[test]
fn same_command_runs_twice() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_terminal(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for _ in 0..2 {
        client.type_line("/sleep 0.5");
    }
    for _ in 0..2 {
        client.shows("== /sleep 0.5: awake again").or_explain(
            "a command that runs already is not begun again: each line is a command of its own",
            TASK_3,
        );
    }
}

/// A result is shown as it is, be it empty or of many blanks; so is a command that has several of them.
#[test]
fn awkward_results_are_shown_whole() {
    let room = ScriptedRoom::open();
    let mut client = Client::on_pipes(&program!("04"), &room);
    room.joined().or_explain(NO_JOIN, TASK_1);
    for (name, text) in [("empty", ""), ("several   blanks", "\n  olé\n\n\tΩμέγα")] {
        let file = env::temp_dir().join(format!("{name}-{}", process::id()));
        fs::write(&file, text).expect("a file in the folder for such");
        let command = format!("/read {}", file.display());
        client.type_line(&command);
        let shown = client.shows(&format!("== {command}: {text}\n"));
        let _ = fs::remove_file(&file);
        let likely = match (client.screen().contains("!! /read"), text.is_empty()) {
            (true, _) => {
                "the command is changed before it runs: `run_command` takes the line as it was typed"
            }
            (false, true) => "an empty result is a result, too: a line that begins with `==`",
            (false, false) => "the text of a result is changed before it is shown",
        };
        shown.or_explain(likely, TASK_3);
    }
}
