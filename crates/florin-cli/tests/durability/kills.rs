//! SIGKILL in the middle of a load, again and again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::server::{Server, data_folder, payment, request, send};

const KILLS: usize = 20;
const CLIENTS: usize = 8;

/// A payment that was sent: its key, and its id when a client got a 201 for it.
#[derive(Clone, Debug)]
struct Sent {
    key: String,
    acknowledged: Option<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill() {
    let folder = data_folder();
    let number = Arc::new(AtomicU64::new(0));
    let mut all: Vec<Sent> = Vec::new();
    for kill in 0..KILLS {
        let mut server = Server::start(folder.path(), &[]);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let address = server.address.clone();
                tokio::spawn(load(address, Arc::clone(&number), Arc::clone(&sent)))
            })
            .collect();
        // Another moment of the life of a payment each time, and never before there was one.
        let enough = 20 + kill as u64 * 3;
        let start = number.load(Ordering::SeqCst);
        while number.load(Ordering::SeqCst) < start + enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        for client in clients {
            client.await.unwrap();
        }
        let round = std::mem::take(&mut *sent.lock().unwrap());
        assert!(round.len() as u64 >= enough);
        all.extend(round.iter().cloned());

        let server = Server::start(folder.path(), &[]);
        for sent in &round {
            check(&server.address, sent).await;
        }
    }
    let acknowledged = all.iter().filter(|sent| sent.acknowledged.is_some()).count();
    assert!(acknowledged > 0 && acknowledged <= all.len());
    // And all of them once more, after the last restart.
    let server = Server::start(folder.path(), &[]);
    for sent in &all {
        check(&server.address, sent).await;
    }
}

/// Makes payments until the server is gone.
async fn load(address: String, number: Arc<AtomicU64>, sent: Arc<Mutex<Vec<Sent>>>) {
    loop {
        let key = format!("kill-{}", number.fetch_add(1, Ordering::SeqCst));
        let create = request("POST", "/v1/1226/payments", Some(&key), Some(&payment(&key)));
        let reply = send(&address, &create).await;
        let gone = reply.is_none();
        let acknowledged = reply.map(|reply| {
            assert_eq!(reply.status, 201, "{reply:?}");
            reply.body["payment"]["id"].as_str().unwrap().to_owned()
        });
        sent.lock().unwrap().push(Sent { key, acknowledged });
        if gone {
            return;
        }
    }
}

/// What was acknowledged is there as it was; repeating the request makes nothing new.
async fn check(address: &str, sent: &Sent) {
    if let Some(id) = &sent.acknowledged {
        let read = request("GET", &format!("/v1/1226/payments/{id}"), None, None);
        let reply = send(address, &read).await.unwrap();
        assert_eq!(reply.status, 200, "{sent:?}: {reply:?}");
        assert_eq!(reply.body["status"], "PENDING_APPROVAL", "{sent:?}");
    }
    let create = request("POST", "/v1/1226/payments", Some(&sent.key), Some(&payment(&sent.key)));
    let repeat = send(address, &create).await.unwrap();
    assert_eq!(repeat.status, 201, "{sent:?}: {repeat:?}");
    let id = repeat.body["payment"]["id"].as_str().unwrap();
    if let Some(acknowledged) = &sent.acknowledged {
        assert_eq!(id, acknowledged);
        assert!(repeat.repeated, "{sent:?}");
    }
    let find = format!("/v1/1226/payments?merchantReference={}", sent.key);
    let found = send(address, &request("GET", &find, None, None)).await.unwrap();
    assert_eq!(found.body["totalCount"], 1, "{sent:?}: {found:?}");
    assert_eq!(found.body["payments"][0]["id"], id);
}
