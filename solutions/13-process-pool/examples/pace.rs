//! Times a pool beside its limits.
use solution_13::{Answer, Job, ProcessPool, Settings};
use std::{
    io::{Read, Write},
    os::fd::OwnedFd,
    os::unix::net::UnixStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
fn echo(size: usize) {
    let (mut i, mut o) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut b = vec![0; size];
    if size > 1000 {
        let fd: OwnedFd = std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned().unwrap();
        let mut s = UnixStream::from(fd);
        loop {
            if s.read_exact(&mut b).is_err() {
                return;
            }
            s.write_all(&b).unwrap();
        }
    }
    loop {
        if i.read_exact(&mut b).is_err() {
            return;
        }
        o.write_all(&b).unwrap();
        o.flush().unwrap();
    }
}
fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|a| a == "--worker") {
        solution_13::work().unwrap();
        return;
    }
    if args.get(1).is_some_and(|a| a == "--echo") {
        return echo(args[2].parse().unwrap());
    }
    let me = std::env::current_exe().unwrap();
    let mut c = Command::new(&me)
        .args(["--echo", "16"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut w, mut r) = (c.stdin.take().unwrap(), c.stdout.take().unwrap());
    let (a, b) = UnixStream::pair().unwrap();
    let mut c2 =
        Command::new(&me).args(["--echo", "4194304"]).stdin(Stdio::from(OwnedFd::from(b))).spawn().unwrap();
    let mut a = a;
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _batch: usize = std::env::var("BATCH").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let workers = std::env::var("WORKERS").ok().and_then(|s| s.parse().ok()).unwrap_or(2);
    rt.block_on(async {
        let pool = std::sync::Arc::new(ProcessPool::new(Settings { workers, ..Settings::default() }));
        let mut buf = [0; 16];
        let (mut pp, mut rt_, mut sock, mut big, mut thr) = (vec![], vec![], vec![], vec![], vec![]);
        let payload = vec![7u8; 4 << 20]; let mut back = vec![0; 4 << 20];
        for _ in 0..5 {
            let t = Instant::now(); for _ in 0..20000 { w.write_all(&[1; 16]).unwrap(); r.read_exact(&mut buf).unwrap(); } pp.push(t.elapsed().as_secs_f64() / 20000. * 1e6);
            let t = Instant::now(); for _ in 0..20000 { pool.call(Job::Echo(vec![1; 16])).await.unwrap(); } rt_.push(t.elapsed().as_secs_f64() / 20000. * 1e6);
            let t = Instant::now(); for _ in 0..20 { let mut a2 = a.try_clone().unwrap(); std::thread::scope(|s| { s.spawn(|| a2.write_all(&payload).unwrap()); a.read_exact(&mut back).unwrap(); }); } sock.push(t.elapsed().as_secs_f64() / 20. * 1e3);
            let t = Instant::now(); for _ in 0..20 { let p = payload.clone(); let Answer::Bytes(b) = pool.call(Job::Echo(p)).await.unwrap() else { panic!() }; assert_eq!(b.len(), 4 << 20); } big.push(t.elapsed().as_secs_f64() / 20. * 1e3);
            let n = 40000; let t = Instant::now();
            let tasks: Vec<_> = (0..64).map(|_| { let pool = pool.clone(); tokio::spawn(async move { for _ in 0..n / 64 { pool.call(Job::Echo(vec![1; 16])).await.unwrap(); } }) }).collect();
            for t in tasks { t.await.unwrap(); } thr.push(n as f64 / t.elapsed().as_secs_f64() / 1e3);
        }
        let (mut kill, mut start) = (vec![], vec![]);
        for _ in 0..20 {
            let t = Instant::now(); Command::new(&me).args(["--echo", "16"]).stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap(); start.push(t.elapsed().as_secs_f64() * 1e3);
            let t = Instant::now(); let _ = pool.call(Job::Crash).await; pool.call(Job::Echo(vec![1; 16])).await.unwrap(); kill.push(t.elapsed().as_secs_f64() * 1e3);
        }
        println!("16 B: pipe {:.2} us, pool {:.2} us ({:.2}x) | 4 MiB: sock {:.2} ms, pool {:.2} ms ({:.2}x) | 64 in flight: {:.1} k/s | start {:.2} ms, crash+next {:.2} ms",
            median(pp.clone()), median(rt_.clone()), median(rt_) / median(pp), median(sock.clone()), median(big.clone()), median(big)/median(sock), median(thr), median(start), median(kill));
        println!("{:?}", pool.shutdown(Duration::from_secs(1)).await);
    });
    drop(w);
    drop(r);
    drop(a);
    c.wait().unwrap();
    c2.wait().unwrap();
}
