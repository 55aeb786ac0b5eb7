//! No 201 leaves before the fsync that covers it. Linux only: the sync is held up by a preloaded library.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, data_folder, parse, payment, request, send};

/// Builds the library with the C compiler that the build needs anyway.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/durability/hold_fsync.c");
    let library = folder.join("hold_fsync.so");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let built = Command::new(compiler)
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .status()
        .expect("a C compiler");
    assert!(built.success());
    library
}

async fn wait_for(path: &Path) {
    for _ in 0..10_000 {
        if path.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{} never appeared", path.display());
}

#[tokio::test]
async fn no_answer_leaves_before_the_fsync_that_covers_it() {
    let folder = data_folder();
    let (gate, held) = (folder.path().join("gate"), folder.path().join("held"));
    let environment = [
        ("LD_PRELOAD", library(folder.path())),
        ("FLORIN_HOLD", gate.clone()),
        ("FLORIN_HELD", held.clone()),
    ];
    let mut server = Server::start(folder.path(), &environment);
    // Warm: the block of order ids is reserved, so that the next commit is the payment's own.
    let first = request("POST", "/v1/1226/payments", Some("warm"), Some(&payment("warm")));
    assert_eq!(send(&server.address, &first).await.unwrap().status, 201);

    for number in 0..5 {
        std::fs::write(&gate, "").unwrap();
        let key = format!("held-{number}");
        let create = request("POST", "/v1/1226/payments", Some(&key), Some(&payment(&key)));
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(&create).await.unwrap();
        wait_for(&held).await;
        // The commit is in its fsync. Nothing may come while it is.
        let mut byte = [0; 1];
        let early = tokio::time::timeout(Duration::from_millis(100), stream.peek(&mut byte)).await;
        assert!(early.is_err(), "an answer left before its fsync: {early:?}");
        std::fs::remove_file(&gate).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(parse(&answer).unwrap().status, 201);
        std::fs::remove_file(&held).unwrap();
    }

    // Killed in the middle of an fsync: the client was told nothing, and its key still works.
    std::fs::write(&gate, "").unwrap();
    let create = request("POST", "/v1/1226/payments", Some("killed"), Some(&payment("killed")));
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(&create).await.unwrap();
    wait_for(&held).await;
    server.kill();
    std::fs::remove_file(&gate).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{answer:?}");
    let server = Server::start(folder.path(), &[]);
    assert_eq!(send(&server.address, &create).await.unwrap().status, 201);
    let find = request("GET", "/v1/1226/payments?merchantReference=killed", None, None);
    assert_eq!(send(&server.address, &find).await.unwrap().body["totalCount"], 1);
}
