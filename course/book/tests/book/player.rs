//! What the player is given: the screens of the recorded runs, and each run told event by event.

use std::fs;

use book::screens::{Frame, Key, Press, Screens};

use crate::common::{Ground, workspace};

/// The screens at the end of every recorded run are its transcript, below the command.
#[test]
fn screens_end_as_transcripts() {
    let book = workspace().join("book");
    let traces = fs::read_dir(book.join("traces")).expect("the traces").flatten();
    let mut runs = 0;
    for trace in traces {
        let name = trace.file_name().to_string_lossy().replace(".json", "");
        let kept = fs::read_to_string(book.join(format!("screens/{name}.json")));
        let number = name.split('-').next().unwrap_or_default();
        let kept =
            kept.unwrap_or_else(|_| panic!("{name} has no screens: try `cargo course record {number}`"));
        let screens = Screens::from_json(&kept).unwrap_or_else(|error| panic!("{name}: {error}"));
        let transcript =
            fs::read_to_string(book.join(format!("transcripts/{name}.txt"))).expect("a transcript");
        let shown: Vec<&str> = screens.last().into_iter().map(str::trim_end).collect();
        let wanted: Vec<&str> = transcript.trim_end().lines().skip(1).collect();
        assert_eq!(shown.join("\n").trim_end(), wanted.join("\n"), "{name}");
        runs += 1;
    }
    assert!(runs >= 28, "{runs} runs");
}

/// Screens on the clock of their terminal come to that of their trace by what both say was shown.
#[test]
fn screens_take_the_clock_of_their_trace() {
    let frame = |at_us, line: &str| Frame { at_us, keep: 0, lines: vec![line.to_owned()], cursor: (0, 0) };
    let keys = vec![Press { at_us: 3_500_000, key: Key::Enter }];
    // The trace has the message at 0.11 s, so the terminal's clock is 3 ms ahead.
    let frames = vec![frame(100, "> "), frame(113_000, "<< bot: message 1"), frame(9_000_000, "end")];
    let screens = Screens::new(keys, frames).on_the_clock_of(include_str!("../fixtures/frozen.json"));
    let screens = screens.expect("a trace");
    let times: Vec<u64> = screens.frames.iter().map(|frame| frame.at_us).collect();
    assert_eq!(times, [0, 110_000, 6_300_000], "none before the start, none after the end");
    assert_eq!(screens.keys[0].at_us, 3_497_000);
}

/// The page has the player's data where the screens were kept, and the picture alone where not.
#[test]
fn player_needs_screens() {
    let ground = Ground::new();
    ground.page("# Page\n\n{{#timeline 01}}\n");
    let still = ground.build().expect("a page");
    assert!(still.contains("tl-picture") && !still.contains("<thaw-player"), "{still}");
    let screens = |line: &str| {
        let frame = Frame { at_us: 1, keep: 0, lines: vec![line.to_owned()], cursor: (0, 0) };
        Screens::new(Vec::new(), vec![frame]).to_json().expect("JSON")
    };
    ground.put("book/screens/01-frozen.json", &screens("</script><b>&amp;</b>"));
    ground.put("book/screens/01-thawed.json", &screens("thawed"));
    let page = ground.build().expect("a page");
    let start = page.find("<thaw-player>").expect("a player");
    let end = page.find("</thaw-player>").expect("its end");
    let player = &page[start..end];
    assert!(player.contains("tl-picture"), "{player}");
    assert_eq!(player.matches("</script>").count(), 1, "{player}");
    assert!(player.contains(r"\u003c/script>\u003cb>&amp;\u003c/b>"), "{player}");
    ground.put("book/screens/01-thawed.json", "{}");
    assert!(ground.build().expect_err("broken screens").contains("01-thawed.json holds no screens"));
}

/// Messages that wait are told when they come and when they are shown; what is shown at once is one event.
#[test]
fn runs_are_told_in_words() {
    let ground = Ground::new();
    ground.page("# Page\n\n{{#timeline 01}}\n");
    for side in ["frozen", "thawed"] {
        let keys =
            vec![Press { at_us: 3_190_000, key: Key::Enter }, Press { at_us: 6_200_000, key: Key::CtrlC }];
        let screens = Screens::new(keys, Vec::new()).to_json().expect("JSON");
        ground.put(&format!("book/screens/01-{side}.json"), &screens);
    }
    let page = ground.build().expect("a page");
    for sentence in [
        "[200,\"The event loop stops: read_line holds its thread.\"]",
        "[3200,\"The event loop runs again, after 3.0 s.\"]",
        "You press Enter, and the client reads “hello”.",
        "It waits in the socket.",
        "A burst: 3 were shown at once, the oldest",
        "[6200,\"You press Ctrl-C.\"]",
        "and it is shown.",
        "[6300,\"The program has ended.\"]",
    ] {
        assert!(page.contains(sentence), "{sentence} is missing in {page}");
    }
}
