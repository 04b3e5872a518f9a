//! Which path and method goes to which handler.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use http::{Method, Request};
use hyper::service::Service;
use server::{Handle, Leaving, RequestBody};

use super::api::{self, Info};
use super::page::Pages;
use super::reply::{Reply, method_not_allowed, not_found};
use super::{events, health, metrics, websocket};
use crate::cli::Identity;

#[derive(Debug, Clone, Copy)]
enum Route {
    Page,
    Image,
    Info,
    Slow,
    Events,
    WebSocket,
    Health,
    Readiness,
    Version,
    Metrics,
}

const ROUTES: [(&str, Route); 11] = [
    ("/", Route::Page),
    (super::page::IMAGE_PATH, Route::Image),
    ("/api/v1/info", Route::Info),
    ("/api/v1/slow", Route::Slow),
    ("/slow", Route::Slow),
    ("/events", Route::Events),
    ("/ws", Route::WebSocket),
    ("/healthz", Route::Health),
    ("/readyz", Route::Readiness),
    ("/version", Route::Version),
    ("/metrics", Route::Metrics),
];

impl Route {
    fn allow(self) -> &'static str {
        match self {
            Self::Slow => "GET, HEAD, POST",
            Self::WebSocket => "GET",
            _ => "GET, HEAD",
        }
    }

    fn allows(self, method: &Method) -> bool {
        self.allow().split(", ").any(|name| name == method.as_str())
    }
}

/// The application as hyper calls it.
#[derive(Debug)]
pub(crate) struct App(Arc<State>);

#[derive(Debug)]
struct State {
    router: matchit::Router<Route>,
    pages: Pages,
    info: Arc<Info>,
    handle: Handle,
}

impl App {
    pub(crate) fn new(identity: &Identity, handle: Handle) -> Self {
        let mut router = matchit::Router::new();
        for (path, route) in ROUTES {
            router.insert(path, route).expect("the paths are distinct");
        }
        Self(Arc::new(State {
            router,
            pages: Pages::new(identity),
            info: Arc::new(Info::new(identity)),
            handle,
        }))
    }
}

impl Service<Request<RequestBody>> for App {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn call(&self, request: Request<RequestBody>) -> Self::Future {
        let state = Arc::clone(&self.0);
        Box::pin(async move { Ok(state.answer(request).await) })
    }
}

impl State {
    async fn answer(&self, request: Request<RequestBody>) -> Reply {
        let Ok(found) = self.router.at(request.uri().path()) else {
            return not_found();
        };
        let route = *found.value;
        if !route.allows(request.method()) {
            return method_not_allowed(route.allow());
        }
        match route {
            Route::Page => self.pages.page(request.headers()),
            Route::Image => self.pages.image(request.headers()),
            Route::Info => self.info.reply(),
            Route::Slow => api::slow(request).await,
            Route::Events => {
                let leaving = leaving(&request);
                let info = Arc::clone(&self.info);
                events::reply(request.uri().query(), request.headers(), info, leaving)
            }
            Route::WebSocket => {
                let leaving = leaving(&request);
                websocket::open(request, async move { leaving.wait().await })
            }
            Route::Health => health::health(&self.handle),
            Route::Readiness => health::readiness(&self.handle),
            Route::Version => self.info.version(),
            Route::Metrics => metrics::reply(&self.handle, &self.info),
        }
    }
}

fn leaving<B>(request: &Request<B>) -> Leaving {
    let leaving = request.extensions().get::<Leaving>();
    leaving.expect("the server puts it there").clone()
}
