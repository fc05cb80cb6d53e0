//! The sandbox on a socket of the loopback interface.
//!
//! Each connection can be cut from within a request: that is how an answer gets lost without a
//! status line.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A sandbox that is being served; dropping it ends that.
#[derive(Debug)]
pub struct Serving {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<io::Result<()>>>,
}

impl Serving {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Finishes the requests in hand, then frees the port.
    ///
    /// # Errors
    /// When the server had stopped for another reason.
    pub async fn shutdown(mut self) -> io::Result<()> {
        self.stop.take();
        match self.task.take() {
            Some(task) => task.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }

    /// Serves `router` on a free port; a new `era` cuts the connections of the old one.
    pub(super) async fn start(
        listener: TcpListener,
        era: Arc<AtomicU64>,
        router: Router,
    ) -> io::Result<Serving> {
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let doors = Doors { listener, era };
        let service = router.into_make_service_with_connect_info::<Line>();
        let server = axum::serve(doors, service).with_graceful_shutdown(async {
            // Told to stop or forgotten: both end the wait.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move { server.await });
        Ok(Serving {
            url,
            stop: Some(stop),
            task: Some(task),
        })
    }
}

/// A connection, as a request sees it.
#[derive(Clone)]
pub(super) struct Line {
    cut: Arc<AtomicBool>,
    born: u64,
    era: Arc<AtomicU64>,
}

impl Line {
    /// Ends the connection before another byte is written.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        let old = self.era.load(Ordering::SeqCst) != self.born;
        if old || self.cut.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl Connected<IncomingStream<'_, Doors>> for Line {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Line {
        stream.io().line.clone()
    }
}

pub(super) struct Doors {
    listener: TcpListener,
    era: Arc<AtomicU64>,
}

impl Listener for Doors {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let line = Line {
            cut: Arc::default(),
            born: self.era.load(Ordering::SeqCst),
            era: Arc::clone(&self.era),
        };
        (Wire { stream, line }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A TCP stream that fails once its line is cut.
pub(super) struct Wire {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
