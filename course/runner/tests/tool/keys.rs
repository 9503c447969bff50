//! `cargo course watch` at a real terminal: each key does what it says, and whoever has the terminal next finds it as
//! it was.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::common::{Fixture, library_text};

/// Longer than any cause in these tests takes, even while all cores are busy.
const LONG: Duration = Duration::from_secs(60);

/// How often a process or a setting is looked at.
const TICK: Duration = Duration::from_millis(5);

/// What the tool says when it waits, and all keys.
const WAITS: &str = "lesson 01: waiting for the next save\r\n\
                     h hint, d diff, r run again, n next lesson, e editor, q quit";

/// A terminal with a program in it, and what it has shown.
struct Terminal {
    /// The reader's side; gone after a hang-up.
    side: Option<Box<dyn MasterPty + Send>>,
    /// Types.
    keyboard: Option<Box<dyn Write + Send>>,
    /// The program.
    child: Box<dyn Child + Send + Sync>,
    /// All that was shown, and a bell for more.
    shown: Arc<(Mutex<String>, Condvar)>,
    /// How much of it a test has read.
    read: usize,
    /// How it was set at the beginning.
    before: String,
}

impl Terminal {
    /// Starts the tool in a terminal of the usual size.
    fn start(fixture: &Fixture, args: &[&str]) -> Self {
        Self::sized(fixture.command(args), PtySize::default())
    }

    /// Starts a script of the shell whose `$0` and `$@` are the tool and its arguments.
    fn script(fixture: &Fixture, script: &str, args: &[&str]) -> Self {
        let tool = fixture.command(args);
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).arg(tool.get_program()).args(tool.get_args());
        shell.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(fixture.root());
        Self::sized(shell, PtySize::default())
    }

    fn sized(command: Command, size: PtySize) -> Self {
        let pair = native_pty_system().openpty(size).unwrap();
        let mut built = CommandBuilder::new(command.get_program());
        built.args(command.get_args());
        built.cwd(command.get_current_dir().unwrap());
        built.env("TERM", "xterm");
        built.env_remove("CARGO_TARGET_DIR");
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .for_each(|(name, value)| built.env(name, value));
        let before = settings(&*pair.master);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = Some(pair.master.take_writer().unwrap());
        let child = pair.slave.spawn_command(built).unwrap();
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let screen = shown.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                screen.0.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
                screen.1.notify_all();
            }
        });
        Self { side: Some(pair.master), keyboard, child, shown, read: 0, before }
    }

    fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).and_then(|()| keyboard.flush()).unwrap();
    }

    /// Waits until this is shown behind all that was read before, and reads it.
    #[track_caller]
    fn sees(&mut self, part: &str) {
        let (screen, bell) = &*self.shown;
        let read = self.read;
        let has_not = |text: &mut String| !text[read..].contains(part);
        let (text, late) = bell.wait_timeout_while(screen.lock().unwrap(), LONG, has_not).unwrap();
        assert!(!late.timed_out(), "`{part}` is not shown: {}", &text[read..]);
        self.read += text[read..].find(part).unwrap() + part.len();
    }

    fn settings(&self) -> String {
        settings(&**self.side.as_ref().unwrap())
    }

    /// Whether each key is told at once, and not drawn.
    fn has_keys(&self) -> bool {
        self.settings() != self.before
    }

    /// Waits for a cause that nothing tells of.
    #[track_caller]
    fn awaits(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + LONG;
        while !holds(self) {
            assert!(Instant::now() < until, "not seen: {what}");
            std::thread::park_timeout(TICK);
        }
    }

    /// The status of the program, which ends now; the terminal is as it was.
    #[track_caller]
    fn ends(&mut self) -> u32 {
        let until = Instant::now() + LONG;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end: {}", self.shown.0.lock().unwrap());
            std::thread::park_timeout(TICK);
        };
        if self.side.is_some() {
            assert_eq!(self.settings(), self.before, "the terminal is set otherwise than before");
        }
        status.exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(side: &dyn MasterPty) -> String {
    format!("{:?}", side.get_termios().unwrap())
}

/// Each key does what the line says, a key that means nothing does nothing, and `q` says that it ends.
#[test]
fn keys_are_obeyed() {
    let fixture = Fixture::new();
    let mut terminal = Terminal::start(&fixture, &["watch", "01"]);
    terminal.sees("lesson 01: checking; q quits");
    terminal.sees(WAITS);
    assert!(terminal.has_keys());
    // An arrow, a letter with Alt, a capital, one of no meaning, and letters that are not ASCII.
    terminal.press("\x1b[D");
    terminal.press("\x1bqHxé");
    terminal.press("h");
    terminal.sees("Lesson 01, hint 1 of 3\r\n\r\nOne.");
    terminal.sees(WAITS);
    terminal.press("h");
    terminal.sees("Lesson 01, hint 2 of 3");
    terminal.press("d");
    terminal.sees("-    41\r\n+    42");
    terminal.press("r");
    terminal.sees("lesson 01: checking");
    terminal.sees("instead:  the answer was 41");
    terminal.sees(WAITS);
    fixture.answer(42);
    terminal.sees("Lesson 01 is solved");
    terminal.sees(WAITS);
    terminal.press("n");
    terminal.sees("lesson 02: checking");
    terminal.sees("lesson 02: waiting");
    terminal.press("n");
    terminal.sees("lesson 02 is the last one");
    terminal.press("q");
    terminal.sees("lesson 02 is watched no longer; go on with: cargo course watch 02\r\n");
    assert_eq!(terminal.ends(), 0);
}

/// A run does not keep a key waiting: a hint comes while the checks go on, and `q` ends them.
#[test]
fn keys_are_heard_during_a_run() {
    let fixture = Fixture::new();
    let checks = "//! Checks.\n#[test]\nfn hangs() {\n    let folder = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    \
                  std::fs::write(folder + \"/begun\", \"\").unwrap();\n    loop { std::thread::park() }\n}\n";
    fixture.write("lessons/01-first-step/tests/checks/main.rs", checks);
    let begun = fixture.root().join("lessons/01-first-step/begun");
    let mut terminal = Terminal::start(&fixture, &["watch", "01"]);
    for (key, says) in [("h", "hint 1 of 3"), ("r", "lesson 01: checking"), ("q", "watched no longer")] {
        terminal.awaits("a check that runs", |_| begun.exists());
        std::fs::remove_file(&begun).unwrap();
        terminal.press(key);
        terminal.sees(says);
        // The hint has ended no run, and no other begins.
        if key == "h" {
            fixture.write("lessons/01-first-step/begun", "");
        }
    }
    assert_eq!(terminal.ends(), 0);
}

/// `e` gives the terminal to the editor as programs find it, and what the editor has saved is checked.
#[test]
fn editor_has_the_terminal() {
    let fixture = Fixture::new();
    let editor =
        "#!/bin/sh\nstty -a > seen\necho \"$@\" > called\nsed s/41/42/ \"$2\" > new && cat new > \"$2\"\n";
    fixture.write("my editor", editor);
    let mut command = fixture.command(&["watch", "01"]);
    command.env("VISUAL", "sh './my editor' -w").env("EDITOR", "false");
    let mut terminal = Terminal::sized(command, PtySize::default());
    terminal.sees(WAITS);
    terminal.press("e");
    terminal.sees("lessons/01-first-step/src/lib.rs is open in sh");
    terminal.sees("Lesson 01 is solved");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let words: Vec<_> = fixture.read("seen").split_whitespace().map(str::to_owned).collect();
    assert!(
        words.iter().any(|word| word == "icanon") && words.iter().any(|word| word == "echo"),
        "{words:?}"
    );
    let file = fixture.root().join("lessons/01-first-step/src/lib.rs");
    assert_eq!(fixture.read("called").trim_end(), format!("-w {}", file.display()));
}

/// Ctrl-C ends the tool and its checks, as it does without keys; and so does a terminal that goes away.
#[test]
fn interrupt_and_hangup_end_the_watch() {
    let fixture = Fixture::new();
    let mut terminal = Terminal::start(&fixture, &["watch", "01"]);
    terminal.sees(WAITS);
    terminal.press("\x03");
    assert_eq!(terminal.ends(), 130);
    let mut terminal = Terminal::start(&fixture, &["watch", "01"]);
    terminal.sees(WAITS);
    drop((terminal.keyboard.take(), terminal.side.take()));
    terminal.ends();
}

/// Ctrl-Z gives the terminal back to the shell, and `fg` takes its keys again; in the background nothing is taken.
#[test]
fn shell_gets_its_terminal_back() {
    let fixture = Fixture::new();
    let script = "set -m; \"$0\" \"$@\"; echo \"stopped: $?\"; read -r line; bg; echo behind; read -r line; fg; echo \"ended: $?\"";
    let mut terminal = Terminal::script(&fixture, script, &["watch", "01"]);
    terminal.sees(WAITS);
    assert!(terminal.has_keys());
    terminal.press("\x1a");
    terminal.sees("stopped: 1");
    assert!(!terminal.has_keys(), "the shell would not see what is typed");
    terminal.press("\n");
    terminal.sees("behind");
    fixture.answer(42);
    terminal.sees("Lesson 01 is solved");
    terminal.sees(WAITS);
    assert!(!terminal.has_keys(), "it is in the background");
    terminal.press("\n");
    terminal.awaits("the keys", Terminal::has_keys);
    terminal.press("q");
    terminal.sees("watched no longer");
    terminal.sees("ended: 0");
    assert_eq!(terminal.ends(), 0);
}

/// A terminal in which nothing can be drawn gives lines: a key counts with its Enter, and no setting is touched.
#[test]
fn dumb_terminal_gives_lines() {
    let fixture = Fixture::new();
    let mut command = fixture.command(&["watch", "01"]);
    command.env("TERM", "dumb").env_remove("NO_COLOR");
    let mut terminal = Terminal::sized(command, PtySize::default());
    terminal.sees(&format!("{WAITS}; then Enter\r\n"));
    assert!(!terminal.has_keys());
    terminal.press("h\n");
    terminal.sees("hint 1 of 3");
    terminal.press("q\n");
    terminal.sees("watched no longer");
    assert_eq!(terminal.ends(), 0);
    assert!(!terminal.shown.0.lock().unwrap().contains('\x1b'), "nothing but text is shown");
}

/// A terminal that does not know its size is no reason to stop.
#[test]
fn terminal_of_no_size_is_read() {
    let fixture = Fixture::new();
    let size = PtySize { rows: 0, cols: 0, pixel_width: 0, pixel_height: 0 };
    let mut terminal = Terminal::sized(fixture.command(&["watch", "01"]), size);
    terminal.sees("instead:  the answer was 41");
    terminal.sees(WAITS);
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// Without a terminal on both sides no key is read and no setting touched: saves are followed until Ctrl-C.
#[test]
fn no_terminal_has_no_keys() {
    for script in ["\"$0\" \"$@\" </dev/null", "\"$0\" \"$@\" | cat"] {
        let fixture = Fixture::new();
        let mut terminal = Terminal::script(&fixture, script, &["watch", "01"]);
        terminal.sees("lesson 01: waiting for the next save; Ctrl-C ends");
        assert!(!terminal.has_keys(), "{script}");
        terminal.press("q\n");
        fixture.answer(42);
        terminal.sees("Lesson 01 is solved");
        terminal.press("\x03");
        terminal.ends();
    }
}

/// In a terminal that knows links a place is one; in a dumb terminal it is text.
#[test]
fn places_are_links() {
    let fixture = Fixture::new();
    fixture.write("lessons/01-first-step/src/lib.rs", crate::calls::PANICS);
    let start = |term: &str| {
        let mut command = fixture.command(&["check", "01"]);
        command.env("FORCE_HYPERLINK", "1").env("TERM", term);
        Terminal::sized(command, PtySize::default())
    };
    let place = "lessons/01-first-step/src/lib.rs";
    let mut terminal = start("xterm");
    terminal.sees("  at:       \x1b]8;;file:///");
    terminal.sees(&format!("{place}#L4\x1b\\{place}:4\x1b]8;;\x1b\\\r\n"));
    assert_eq!(terminal.ends(), 1);
    let mut terminal = start("dumb");
    terminal.sees(&format!("  at:       {place}:4\r\n"));
    assert_eq!(terminal.ends(), 1);
    assert!(!terminal.shown.0.lock().unwrap().contains('\x1b'));
}

/// An editor that does not start, or none at all, is said in one sentence.
#[test]
fn missing_editor_is_named() {
    let fixture = Fixture::new();
    let edit = |visual: &str, editor: &str, path: Option<&str>| {
        let mut command = fixture.command(&["edit", "01"]);
        command.env("VISUAL", visual).env("EDITOR", editor);
        path.map(|path| command.env("PATH", path));
        crate::common::run(command)
    };
    // The shell says it first, in its own words.
    let ran = edit("no-such-editor -w", "true", None);
    let said = "`no-such-editor -w`, which $VISUAL names, does not start here. Try `EDITOR=nano cargo course edit`\n";
    assert!(ran.status == 1 && ran.stderr.ends_with(said), "{ran:?}");
    edit("", "false", None).complains(&["`false` ended with exit status: 1"]);
    edit(" ", "", Some("")).complains(&[
        "neither $VISUAL nor $EDITOR",
        "no `code`",
        "Try `EDITOR=nano cargo course edit`",
    ]);
    edit("", "true", None).says(&[]);
    // VS Code, where it is installed: it gets the folder, for its Rust extension, and the file.
    fixture.write("bin/code", "#!/bin/sh\necho \"$@\" > opened\n");
    let code = fixture.root().join("bin/code");
    std::fs::set_permissions(code, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", fixture.root().join("bin").display(), std::env::var("PATH").unwrap());
    edit("", "", Some(&path)).says(&[]);
    let root = fixture.root().display().to_string();
    assert_eq!(fixture.read("opened"), format!("{root} {root}/lessons/01-first-step/src/lib.rs\n"));
    std::fs::remove_file(fixture.root().join("lessons/01-first-step/src/lib.rs")).unwrap();
    edit("", "true", None).complains(&["lib.rs` is not there", "Try `cargo course reset 01`"]);
}

/// With `--poll` a save is seen without any event of the system.
#[test]
fn looking_follows_saves_too() {
    let fixture = Fixture::new();
    let mut terminal = Terminal::start(&fixture, &["watch", "01", "--poll"]);
    terminal.sees(WAITS);
    fixture.write("lessons/01-first-step/src/lib.rs", &library_text(42));
    terminal.sees("Lesson 01 is solved");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}
