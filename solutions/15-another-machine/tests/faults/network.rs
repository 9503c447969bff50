//! Networks of their own, for servers and machines.
//!
//! ```text
//!   caller ─┐        ┌─ server-0: a network namespace, 10.77.0.10
//!           bridge ──┼─ …
//!                    └─ machine-3, 10.77.0.16
//! ```
//!
//! The run starts itself again inside of fresh namespaces for all that there is: whatever ends it, the system takes
//! networks and processes away.

use std::{
    env, fs, io,
    net::{IpAddr, Ipv4Addr},
    process::{Command, ExitStatus},
};

use checks::let_children_hear;

/// Set for the run inside.
const INSIDE: &str = "FAULTS_INSIDE";

/// What makes the namespaces, and a root of them out of any user.
const UNSHARE: [&str; 8] =
    ["unshare", "-r", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/// Makes the bridge that all lines come together in. Names of networks live below `/run`.
const BRIDGE: &str = "mount -t tmpfs tmpfs /run && ip link set lo up && ip link add bridge type bridge \
                      && ip addr add 10.77.0.1/24 dev bridge && ip link set bridge up";

/// Whether this is the run inside.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs this program again in namespaces of its own; `None` where the system does not let us have them.
pub fn inside() -> Option<io::Result<ExitStatus>> {
    let_children_hear().ok()?;
    let [unshare, flags @ ..] = UNSHARE;
    let namespaces = || {
        let mut command = Command::new(unshare);
        command.args(flags);
        command
    };
    let tried = namespaces().args(["sh", "-c", BRIDGE]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        return None;
    }
    // Numbers of processes begin anew inside, and would name folders that others use.
    let folder = env::temp_dir().join(format!("faults-{}", std::process::id()));
    let run = || {
        fs::create_dir_all(&folder)?;
        let within = format!("{BRIDGE} && exec \"$0\" \"$@\"");
        let mut command = namespaces();
        command.args(["sh", "-c", &within]).arg(env::current_exe()?).args(env::args_os().skip(1));
        command.env(INSIDE, "1").env("TMPDIR", &folder).status()
    };
    let ended = run();
    let _ = fs::remove_dir_all(&folder);
    Some(ended)
}

/// Makes a network by this name, with a line to the bridge, and says its address.
pub fn make(name: &str, number: u8) -> IpAddr {
    let address = Ipv4Addr::new(10, 77, 0, 10 + number);
    ip(&format!("netns add {name}"));
    ip(&format!("link add {name} type veth peer name line netns {name}"));
    ip(&format!("link set {name} master bridge up"));
    ip(&format!("-n {name} addr add {address}/24 dev line"));
    ip(&format!("-n {name} link set line up"));
    ip(&format!("-n {name} link set lo up"));
    address.into()
}

/// Cuts the line of a network, or mends it.
pub fn set(name: &str, state: &str) {
    ip(&format!("link set {name} {state}"));
}

fn ip(words: &str) {
    let_children_hear().expect("handlers for signals");
    let output = Command::new("ip").args(words.split(' ')).output().expect("`ip` starts");
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}
