//! Generators of traffic: requests at a steady rate, and what is counted of
//! them.
//!
//! Every request takes the same way as one that a person sends. Above fifty a
//! second they are sent in batches, and only some leave a trace; all of them
//! are carried and counted.

use std::collections::BTreeMap;

use super::Cluster;
use super::exchange::{Exchange, Place, Server};
use super::statistics::{Failure, Statistics};
use crate::network::{Caller, Choice, Destination, Hop, Way};
use crate::process::{HttpRequest, NetError};
use crate::sim::{Delay, Time};

/// Requests are not sent at more instants than these.
const TICK: Delay = Delay::millis(20);
/// A generator leaves at most one trace in this time.
const TRACE_EVERY: Delay = Delay::millis(50);
/// How long a generator waits for an answer.
const PATIENCE: Delay = Delay::secs(5);

/// What a generator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratorSpec {
    /// Its name, unique in the session.
    pub name: String,
    /// Who sends.
    pub from: Caller,
    /// Where to.
    pub to: Server,
    /// Path and query.
    pub target: String,
    /// Requests in a thousand seconds.
    pub rate: u64,
    /// Whether one connection is kept for all requests.
    pub keep_alive: bool,
}

impl GeneratorSpec {
    /// Where it sends to, as a URL.
    pub fn url(&self) -> String {
        let (scheme, usual) = if self.to.tls { ("https", 443) } else { ("http", 80) };
        let port = if self.to.port == usual { String::new() } else { format!(":{}", self.to.port) };
        format!("{scheme}://{}{port}{}", self.to.host, self.target)
    }
}

/// A generator that runs.
#[derive(Debug, Clone)]
pub struct Generator {
    spec: GeneratorSpec,
    request: HttpRequest,
    started: Time,
    statistics: Statistics,
    /// The connection that is kept.
    connection: Option<Place>,
    traced: Option<Time>,
    /// Whether a failure has gone by without a trace.
    owes_trace: bool,
}

/// Every generator, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Generators(BTreeMap<String, Generator>);

impl Generators {
    /// When the next request is sent.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.0.values().map(Generator::due).min()
    }
}

impl Generator {
    /// What it does.
    pub fn spec(&self) -> &GeneratorSpec {
        &self.spec
    }

    /// When it began.
    pub fn started(&self) -> Time {
        self.started
    }

    /// What has been counted so far.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// When the next request is sent: at its own instant, or with others.
    fn due(&self) -> Time {
        let number = i64::try_from(self.statistics.sent).unwrap_or(i64::MAX);
        let rate = i64::try_from(self.spec.rate.max(1)).unwrap_or(i64::MAX);
        let since = number.saturating_mul(1_000_000) / rate * 1_000
            + number.saturating_mul(1_000_000) % rate * 1_000 / rate;
        let is_batched = self.spec.rate > 1_000_000_000 / TICK.as_micros().unsigned_abs();
        let tick = TICK.as_micros();
        let since = if is_batched { (since + tick - 1) / tick * tick } else { since };
        self.started + Delay::micros(since)
    }

    fn wants_trace(&self, now: Time) -> bool {
        self.owes_trace || self.traced.is_none_or(|last| now.since(last) >= TRACE_EVERY)
    }
}

impl Cluster {
    /// Starts a generator; `false` if one of its name runs.
    pub fn start_generator(&mut self, spec: GeneratorSpec) -> bool {
        if self.generators.0.contains_key(&spec.name) {
            return false;
        }
        let mut request = HttpRequest::get(&spec.target);
        let header = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        request.headers = vec![
            header("Host", &spec.to.host),
            header("User-Agent", "podyard-traffic"),
            header("Accept", "*/*"),
        ];
        let generator = Generator {
            request,
            started: self.now(),
            statistics: Statistics::default(),
            connection: None,
            traced: None,
            owes_trace: false,
            spec,
        };
        self.generators.0.insert(generator.spec.name.clone(), generator);
        true
    }

    /// Stops a generator and gives it back; `None` if none of its name runs.
    pub fn stop_generator(&mut self, name: &str) -> Option<Generator> {
        self.generators.0.remove(name)
    }

    /// The generators that run, by name.
    pub fn generators(&self) -> impl Iterator<Item = &Generator> {
        self.generators.0.values()
    }

    /// Sends the requests that are due.
    pub(super) fn run_generators(&mut self) {
        let now = self.now();
        if self.generators.next_wake().is_none_or(|due| due > now) {
            return;
        }
        let mut generators = std::mem::take(&mut self.generators);
        for generator in generators.0.values_mut() {
            self.run_generator(generator, now);
        }
        self.generators = generators;
    }

    fn run_generator(&mut self, generator: &mut Generator, now: Time) {
        // Who sends a batch looks the name up once.
        let mut known: Option<Destination> = None;
        while generator.due() <= now {
            let traced = generator.wants_trace(now);
            let mut way = Way::new(traced);
            let exchange = self.send_one(generator, &mut known, &mut way);
            let took = exchange.took.min(PATIENCE);
            let result = match &exchange.result {
                Ok(response) if response.status < 400 => Ok(()),
                Ok(response) => Err(Failure::Status(response.status)),
                Err(error) => Err(Failure::Error(*error)),
            };
            let pod = exchange.place.as_ref().map(|place| &place.key);
            generator.statistics.count(now, took, result, pod);
            if let Some(place) = &exchange.place
                && place.chosen_by.0 != generator.statistics.service
            {
                generator.statistics.service.clone_from(&place.chosen_by.0);
            }
            if traced {
                (generator.traced, generator.owes_trace) = (Some(now), false);
                self.remember(generator.spec.url(), took, way);
            } else {
                generator.owes_trace |= result.is_err();
            }
            if generator.spec.keep_alive {
                generator.connection = exchange.place.filter(|_| exchange.result.is_ok());
            }
        }
    }

    /// Sends one request, over the kept connection if there is one.
    fn send_one(
        &mut self,
        generator: &Generator,
        known: &mut Option<Destination>,
        way: &mut Way,
    ) -> Exchange {
        let (spec, request) = (&generator.spec, &generator.request);
        if let Some(place) = &generator.connection {
            return self.send_over(place.clone(), spec, request, way);
        }
        let now = self.now();
        let to = match known {
            Some(to) => to.clone(),
            None => match self.network.find(&spec.from, &spec.to.host, now, way) {
                Ok(address) => {
                    let to = Destination { address, port: spec.to.port, is_udp: false };
                    known.insert(to).clone()
                }
                Err(error) => {
                    let (address, took) = (None, way.took());
                    return Exchange { address, result: Err(error), took, place: None };
                }
            },
        };
        self.exchange_at(&spec.from, (&to, spec.to.tls), request, way)
    }

    /// Sends a request over a connection that stands: no rule chooses anew.
    fn send_over(
        &mut self,
        place: Place,
        spec: &GeneratorSpec,
        request: &HttpRequest,
        way: &mut Way,
    ) -> Exchange {
        way.step(|| self.network.introduce(&spec.from));
        let service = place.chosen_by.0.strip_prefix("Service/").map(str::to_owned);
        if let Some(service) = service {
            let chosen = format!("{}/{}", place.key.namespace, place.key.name);
            way.step(|| Hop::Service {
                service,
                address: String::new(),
                node: place.node.to_string(),
                candidates: Vec::new(),
                chosen,
                by: Choice::Connection,
            });
        }
        way.step(|| Hop::Pod {
            pod: format!("{}/{}", place.key.namespace, place.key.name),
            node: place.node.to_string(),
            address: String::new(),
            port: place.port,
        });
        let (result, took) = self.serve_pod(&place, request, spec.to.tls, way);
        // Whoever held the other end is gone, and the connection with it.
        let result = match result {
            Err(NetError::Refused) => Err(NetError::Reset),
            result => result,
        };
        let took = took + Delay::micros(500);
        Exchange { address: None, result, took, place: Some(place) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rate: u64, sent: u64, expected_micros: i64) {
        let spec = GeneratorSpec {
            name: String::new(),
            from: Caller::Outside,
            to: Server { tls: false, host: String::new(), port: 80 },
            target: "/".to_owned(),
            rate,
            keep_alive: false,
        };
        let mut statistics = Statistics::default();
        statistics.sent = sent;
        let generator = Generator {
            spec,
            request: HttpRequest::default(),
            started: Time::default(),
            statistics,
            connection: None,
            traced: None,
            owes_trace: false,
        };
        assert_eq!(generator.due(), Time::from_micros(expected_micros));
    }

    #[test]
    fn few_requests_are_sent_at_their_own_instants_and_many_in_batches() {
        check(5_000, 0, 0);
        check(5_000, 1, 200_000);
        check(500, 3, 6_000_000);
        check(100_000_000, 1, 20_000);
        check(100_000_000, 2_000, 20_000);
        check(100_000_000, 2_001, 40_000);
    }
}
