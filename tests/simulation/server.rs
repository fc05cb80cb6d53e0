//! The sandbox: called without a socket, or over TCP.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, LazyLock, atomic::AtomicI64, atomic::Ordering},
    task::{Context, Poll, Waker},
    thread,
};

use axum::{
    Router,
    body::{Body, to_bytes},
};
use chrono::DateTime;
use http::{Request, Response, Uri};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;
use updraft::{
    atproto::transport::{Http, Network, TransportError},
    sandbox::{Fault, FaultKind, Sandbox, Serving},
};

/// Where the servers live that have a socket.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
});

/// A server with its accounts.
pub struct Server {
    pub sandbox: Sandbox,
    way: Way,
}

enum Way {
    Called(Router),
    Served(Serving, Arc<Network>),
}

/// What an exchange came to.
pub type Answer = Result<Response<Vec<u8>>, TransportError>;

impl Server {
    pub fn new(time: &Arc<AtomicI64>, is_real: bool) -> Self {
        let time = time.clone();
        let sandbox = Sandbox::new(Arc::new(move || {
            DateTime::from_timestamp_micros(time.load(Ordering::SeqCst)).unwrap_or_default()
        }));
        let way = match is_real {
            false => Way::Called(sandbox.router()),
            true => {
                let serving = RUNTIME.block_on(sandbox.serve()).unwrap();
                Way::Served(serving, Arc::new(Network::new().unwrap()))
            }
        };
        Self { sandbox, way }
    }

    /// Sends a request there.
    pub fn answer(&self, request: Request<Vec<u8>>) -> Answer {
        match &self.way {
            Way::Called(router) => Ok(at_once(call(router.clone(), request))),
            Way::Served(serving, network) => send(serving.url(), network, request),
        }
    }

    /// Sends a request there, and something happens to it or its answer on the way.
    pub fn answer_badly(&self, name: &str, kind: FaultKind, request: Request<Vec<u8>>) -> Answer {
        let broken = || Err(TransportError::Interrupted("connection reset".to_owned()));
        match (&self.way, &kind) {
            (Way::Called(_), FaultKind::DropBefore) => broken(),
            (Way::Called(_), _) => {
                self.answer(request)?;
                broken()
            }
            (Way::Served(..), _) => {
                self.sandbox.fault(Fault::once(name, kind));
                let answer = self.answer(request);
                self.sandbox.clear_faults();
                answer
            }
        }
    }
}

async fn call(router: Router, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let answer = router.oneshot(request.map(Body::from)).await;
    let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Response::from_parts(parts, body.to_vec())
}

/// The sandbox has to wait for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("the sandbox has to wait for something"),
    }
}

/// In a thread of its own: the one that asks may be in the midst of another runtime's work.
fn send(url: &str, network: &Network, mut request: Request<Vec<u8>>) -> Answer {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("{url}{path}").parse::<Uri>().unwrap();
    thread::scope(|scope| {
        let work = || RUNTIME.block_on(network.send(request));
        scope.spawn(work).join().unwrap()
    })
}
