//! Futures of which nothing is lost when they are dropped, but their place in a queue.

use std::{io, sync::Arc, time::Duration};

use cancellation_safety::{connection, in_halves, text};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    select,
    sync::{Mutex, broadcast, mpsc, oneshot},
    task, time,
};

use crate::{beaten, row};

/// `recv`: the message stays in the channel, whatever kind of channel it is.
#[test]
fn recv_keeps_the_message() {
    row(|| async {
        let (sender, mut receiver) = mpsc::channel(4);
        let (aloud, mut ear) = broadcast::channel(4);
        let (once, mut hears) = oneshot::channel();
        assert_eq!(beaten(receiver.recv()).await, None);
        assert_eq!(beaten(ear.recv()).await, None);
        assert_eq!(beaten(&mut hears).await, None);
        sender.send(1).await.unwrap();
        aloud.send(2).unwrap();
        once.send(3).unwrap();
        assert_eq!((receiver.recv().await, ear.recv().await, hears.await), (Some(1), Ok(2), Ok(3)));
    });
}

/// `accept` alone: who knocks meanwhile is let in by the next one.
#[test]
fn accept_alone_keeps_the_guest() {
    row(|| async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        assert!(beaten(listener.accept()).await.is_none());
        let guest = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from, guest.local_addr().unwrap());
    });
}

/// `read`, `readable` and `read_buf`: who loses has read nothing.
#[test]
fn one_read_keeps_the_bytes() {
    row(|| async {
        let (mut near, mut far) = connection().await.unwrap();
        assert!(beaten(near.read(&mut [0; 8])).await.is_none());
        assert!(beaten(near.readable()).await.is_none());
        assert!(beaten(near.read_buf(&mut Vec::new())).await.is_none());
        far.write_all(b"settled").await.unwrap();
        near.readable().await.unwrap();
        let mut word = [0; 8];
        assert_eq!(near.read(&mut word).await.unwrap(), 7);
        assert_eq!(&word[..7], b"settled");
    });
}

/// `write`: who loses has written nothing.
#[test]
fn one_write_writes_all_or_nothing_of_it() {
    row(|| async {
        let (mut near, mut far) = connection().await.unwrap();
        let chunk = vec![7; 1 << 16];
        let mut written = 0;
        near.writable().await.unwrap();
        // The socket is full at last, and the write that waits for it loses.
        while let Some(some) = beaten(near.write(&chunk)).await {
            written += some.unwrap();
        }
        assert!(written > 0);
        drop(near);
        let mut arrived = Vec::new();
        far.read_to_end(&mut arrived).await.unwrap();
        assert_eq!(arrived.len(), written);
    });
}

/// `next_line` keeps half a line in the reader that it belongs to.
#[test]
fn next_line_keeps_half_a_line() {
    row(|| async {
        let (socket, mut ticks) = in_halves(b"set", b"tled\n").await.unwrap();
        let mut lines = BufReader::new(socket).lines();
        let line = loop {
            select! {
                line = lines.next_line() => break line.unwrap(),
                Some(()) = ticks.recv() => {}
            }
        };
        assert_eq!(line.as_deref(), Some("settled"));
    });
}

/// `read_until` keeps half a line in your own vector, if that outlives it.
#[test]
fn read_until_keeps_half_a_line_in_the_vector() {
    row(|| async {
        let (socket, mut ticks) = in_halves(b"set", b"tled\n").await.unwrap();
        let (mut reader, mut line) = (BufReader::new(socket), Vec::new());
        loop {
            select! {
                read = reader.read_until(b'\n', &mut line) => break assert!(read.unwrap() > 0),
                Some(()) = ticks.recv() => {}
            }
        }
        assert_eq!(text(&line), "settled\n");
    });
}

/// A dropped `&mut handle` leaves the task alone.
#[test]
fn borrowed_handle_keeps_the_result() {
    row(|| async {
        let (go, wait) = oneshot::channel();
        let mut handle = tokio::spawn(async move { wait.await.unwrap_or(0) + 1 });
        assert!(beaten(&mut handle).await.is_none());
        go.send(6).unwrap();
        assert_eq!(handle.await.unwrap(), 7);
    });
}

/// `tick` keeps the time of the next tick; a `sleep` in the loop begins anew in each lap.
#[test]
fn tick_keeps_its_time_and_sleep_begins_anew() {
    row(|| async {
        let period = Duration::from_secs(60);
        let began = time::Instant::now();
        let mut ticks = time::interval_at(began + period, period);
        let mut nights = Vec::new();
        for _ in 0..2 {
            assert!(beaten(ticks.tick()).await.is_none());
            let sleep = time::sleep(period);
            nights.push(sleep.deadline());
            assert!(beaten(sleep).await.is_none());
            while began.elapsed() < Duration::from_millis(2) * nights.len() as u32 {
                task::yield_now().await;
            }
        }
        assert!(nights[1] > nights[0], "the second sleep ends later");
        ticks.reset_immediately();
        assert!(ticks.tick().await >= began);
    });
}

/// `lock`: nothing is lost but the place in the queue.
#[test]
fn lock_loses_its_place() {
    row(|| async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let held = order.lock().await;
        let mine = order.lock();
        tokio::pin!(mine);
        assert!(beaten(&mut mine).await.is_none(), "it stands in the queue, kept");
        let dropped = order.clone();
        assert!(beaten(dropped.lock()).await.is_none(), "it stood in the queue, and is gone");
        let other = order.clone();
        let other = tokio::spawn(async move { other.lock().await.push("other") });
        task::yield_now().await;
        let again = order.clone();
        let again = tokio::spawn(async move { again.lock().await.push("again") });
        task::yield_now().await;
        drop(held);
        mine.await.push("kept");
        other.await.unwrap();
        again.await.unwrap();
        assert_eq!(*order.lock().await, ["kept", "other", "again"]);
    });
}

/// `reserve`: nothing is lost but the place in the queue.
#[test]
fn reserve_loses_its_place() {
    row(|| async {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send("first").await.unwrap();
        let mine = sender.reserve();
        tokio::pin!(mine);
        assert!(beaten(&mut mine).await.is_none(), "it stands in the queue, kept");
        assert!(beaten(sender.reserve()).await.is_none(), "it stood in the queue, and is gone");
        let other = sender.clone();
        let other = tokio::spawn(async move { other.reserve().await.unwrap().send("other") });
        task::yield_now().await;
        let again = sender.clone();
        let again = tokio::spawn(async move { again.reserve().await.unwrap().send("again") });
        task::yield_now().await;
        let mut heard = vec![receiver.recv().await];
        mine.await.unwrap().send("kept");
        for _ in 0..3 {
            heard.push(receiver.recv().await);
        }
        other.await.unwrap();
        again.await.unwrap();
        assert_eq!(heard, ["first", "kept", "other", "again"].map(Some));
    });
}

/// A future that has ended is not to be polled again.
#[test]
#[should_panic(expected = "resumed after completion")]
fn kept_future_ends_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let reading = async { io::Result::Ok(7) };
        tokio::pin!(reading);
        for _ in 0..2 {
            let _ = beaten(&mut reading).await;
        }
    });
}
