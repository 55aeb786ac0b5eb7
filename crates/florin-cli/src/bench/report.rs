//! What was measured, for people and for programs.

#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "rates and ratios")]

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::load::Plan;

/// One phase.
pub(super) struct Measured {
    pub(super) elapsed: Duration,
    /// In ascending order.
    pub(super) latencies_us: Vec<u32>,
    /// Answers other than 201.
    pub(super) refused: u64,
    /// CPU time of the server.
    pub(super) cpu_us: u64,
    /// What the server handed to the disk.
    pub(super) written_bytes: u64,
    /// Commits of the store, each with one fsync.
    pub(super) fsyncs: u64,
}

impl Measured {
    /// Two measurements as one.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.elapsed += other.elapsed;
        self.latencies_us.extend(other.latencies_us);
        self.latencies_us.sort_unstable();
        self.refused += other.refused;
        self.cpu_us += other.cpu_us;
        self.written_bytes += other.written_bytes;
        self.fsyncs += other.fsyncs;
        self
    }

    fn calls(&self) -> f64 {
        self.latencies_us.len() as f64
    }

    fn per_second(&self) -> f64 {
        self.calls() / self.elapsed.as_secs_f64()
    }

    fn a_call(&self, of: u64) -> f64 {
        of as f64 / self.calls().max(1.0)
    }

    /// The latency that so many of a thousand calls stay below.
    fn latency_us(&self, of_a_thousand: usize) -> u32 {
        let rank = (self.latencies_us.len() * of_a_thousand).div_ceil(1_000);
        self.latencies_us.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }
}

/// Both phases.
pub(super) struct Report {
    pub(super) plan: Plan,
    pub(super) filesystem: String,
    pub(super) ceiling: Measured,
    pub(super) durable: Measured,
}

impl Report {
    /// Answers other than 201.
    pub(super) fn refused(&self) -> u64 {
        self.ceiling.refused + self.durable.refused
    }

    fn ratio(&self) -> f64 {
        self.durable.per_second() / self.ceiling.per_second().max(1.0)
    }

    /// The ratio where the load comes from another machine: it leaves out what the load itself takes here.
    fn cpu_ratio(&self) -> f64 {
        let (durable, ceiling) = (&self.durable, &self.ceiling);
        ceiling.a_call(ceiling.cpu_us) / durable.a_call(durable.cpu_us).max(1.0)
    }

    fn fsync_per_s(&self) -> f64 {
        self.durable.fsyncs as f64 / self.durable.elapsed.as_secs_f64()
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let (durable, ceiling) = (&self.durable, &self.ceiling);
        json!({
            "connections": self.plan.connections,
            "seconds": self.plan.seconds,
            "idempotence_keys": self.plan.idempotence_keys,
            "cores": cores(),
            "filesystem": self.filesystem,
            "durable_per_s": rounded(durable.per_second(), 1.0),
            "ceiling_per_s": rounded(ceiling.per_second(), 1.0),
            "ratio": rounded(self.ratio(), 1_000.0),
            "cpu_ratio": rounded(self.cpu_ratio(), 1_000.0),
            "durable_cpu_us": rounded(durable.a_call(durable.cpu_us), 10.0),
            "ceiling_cpu_us": rounded(ceiling.a_call(ceiling.cpu_us), 10.0),
            "durable_p50_us": durable.latency_us(500),
            "durable_p99_us": durable.latency_us(990),
            "durable_p999_us": durable.latency_us(999),
            "ceiling_p50_us": ceiling.latency_us(500),
            "ceiling_p99_us": ceiling.latency_us(990),
            "ceiling_p999_us": ceiling.latency_us(999),
            "fsync_per_s": rounded(self.fsync_per_s(), 10.0),
            "fsync_per_payment": rounded(durable.a_call(durable.fsyncs), 10_000.0),
            "written_bytes_per_payment": rounded(durable.a_call(durable.written_bytes), 1.0),
            "refused": self.refused(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { connections, seconds, .. } = self.plan;
        let (filesystem, cores) = (&self.filesystem, cores());
        writeln!(
            f,
            "{connections} connections, {seconds} s, {cores} cores, store on {filesystem}"
        )?;
        writeln!(f, "{:<24}{:>12}{:>12}", "", "durable", "ceiling")?;
        let (durable, ceiling) = (&self.durable, &self.ceiling);
        let mut row = |name: &str, value: &dyn Fn(&Measured) -> f64, digits: usize| {
            let (durable, ceiling) = (value(durable), value(ceiling));
            writeln!(f, "{name:<24}{durable:>12.digits$}{ceiling:>12.digits$}")
        };
        row("calls/s", &Measured::per_second, 0)?;
        row("p50, ms", &|it| f64::from(it.latency_us(500)) / 1e3, 2)?;
        row("p99, ms", &|it| f64::from(it.latency_us(990)) / 1e3, 2)?;
        row("p99.9, ms", &|it| f64::from(it.latency_us(999)) / 1e3, 2)?;
        row("server CPU, µs/call", &|it| it.a_call(it.cpu_us), 1)?;
        row("written, bytes/call", &|it| it.a_call(it.written_bytes), 0)?;
        row("fsyncs/call", &|it| it.a_call(it.fsyncs), 4)?;
        let (calls, cpu, fsyncs) = (self.ratio(), self.cpu_ratio(), self.fsync_per_s());
        writeln!(
            f,
            "durable/ceiling: {calls:.3} of the calls, {cpu:.3} by CPU; {fsyncs:.0} fsyncs/s"
        )
    }
}

/// Rounded to a fraction: 10 keeps one digit.
fn rounded(value: f64, fraction: f64) -> f64 {
    (value * fraction).round() / fraction
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let measured = |calls: u32| Measured {
            elapsed: Duration::from_secs(2),
            latencies_us: (1..=calls).collect(),
            refused: 0,
            cpu_us: 50_000,
            written_bytes: 1_000_000,
            fsyncs: 10,
        };
        assert_eq!(measured(1_000).latency_us(500), 500);
        assert_eq!(measured(1_000).latency_us(999), 999);
        assert_eq!(measured(0).latency_us(999), 0);
        let plan =
            Plan { connections: 4, warmup: Duration::ZERO, seconds: 2, idempotence_keys: false };
        let filesystem = "ext4".to_owned();
        let report =
            Report { plan, filesystem, ceiling: measured(4_000), durable: measured(1_000) };
        let json = report.json();
        assert_eq!((&json["durable_per_s"], &json["ratio"]), (&json!(500.0), &json!(0.25)));
        assert_eq!((&json["durable_cpu_us"], &json["fsync_per_s"]), (&json!(50.0), &json!(5.0)));
        assert!(report.to_string().contains("0.250 of the calls, 0.250 by CPU; 5 fsyncs/s"));
    }
}
