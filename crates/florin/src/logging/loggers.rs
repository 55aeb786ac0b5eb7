//! Loggers that come with the SDK.

use std::fmt;
use std::io::Write;
use std::time::SystemTime;

use super::CommunicatorLogger;

/// Prints entries to the standard output, each after the time in UTC. An error follows its entry with its causes.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdoutLogger;

impl CommunicatorLogger for StdoutLogger {
    fn log(&self, message: &str) {
        // The lock keeps entries apart. Nobody can be told that the output is closed.
        let _ = print(&mut std::io::stdout().lock(), &Timestamp::now(), message, None);
    }

    fn log_error(&self, message: &str, error: &(dyn std::error::Error + 'static)) {
        let _ = print(&mut std::io::stdout().lock(), &Timestamp::now(), message, Some(error));
    }
}

fn print(
    out: &mut impl Write,
    now: &Timestamp,
    message: &str,
    error: Option<&(dyn std::error::Error + 'static)>,
) -> std::io::Result<()> {
    writeln!(out, "{now} {message}")?;
    error.map_or(Ok(()), |error| writeln!(out, "{}", Causes(error)))
}

/// Hands entries to [`tracing`], as events of the target `florin::logging`.
///
/// ```
/// use florin::logging::TracingLogger;
///
/// let logger = TracingLogger::default().errors(tracing::Level::WARN);
/// ```
#[cfg(feature = "tracing")]
#[derive(Clone, Copy, Debug)]
pub struct TracingLogger {
    messages: tracing::Level,
    errors: tracing::Level,
}

#[cfg(feature = "tracing")]
impl Default for TracingLogger {
    /// Requests and answers at `INFO`, errors at `ERROR`.
    fn default() -> Self {
        Self { messages: tracing::Level::INFO, errors: tracing::Level::ERROR }
    }
}

#[cfg(feature = "tracing")]
impl TracingLogger {
    /// Sets the level of requests and answers.
    pub fn messages(mut self, level: tracing::Level) -> Self {
        self.messages = level;
        self
    }

    /// Sets the level of errors.
    pub fn errors(mut self, level: tracing::Level) -> Self {
        self.errors = level;
        self
    }
}

/// The level of an event of `tracing` has to be a constant.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:expr, $($event:tt)*) => {
        match $level {
            tracing::Level::ERROR => tracing::error!(target: "florin::logging", $($event)*),
            tracing::Level::WARN => tracing::warn!(target: "florin::logging", $($event)*),
            tracing::Level::INFO => tracing::info!(target: "florin::logging", $($event)*),
            tracing::Level::DEBUG => tracing::debug!(target: "florin::logging", $($event)*),
            tracing::Level::TRACE => tracing::trace!(target: "florin::logging", $($event)*),
        }
    };
}

#[cfg(feature = "tracing")]
impl CommunicatorLogger for TracingLogger {
    fn log(&self, message: &str) {
        event!(self.messages, "{message}");
    }

    fn log_error(&self, message: &str, error: &(dyn std::error::Error + 'static)) {
        event!(self.errors, error = %Causes(error), "{message}");
    }
}

/// Hands entries to [`log`], with the target `florin::logging`.
///
/// ```
/// use florin::logging::LogLogger;
///
/// let logger = LogLogger::default().messages(log::Level::Debug);
/// ```
#[cfg(feature = "log")]
#[derive(Clone, Copy, Debug)]
pub struct LogLogger {
    messages: log::Level,
    errors: log::Level,
}

#[cfg(feature = "log")]
impl Default for LogLogger {
    /// Requests and answers at `Info`, errors at `Error`.
    fn default() -> Self {
        Self { messages: log::Level::Info, errors: log::Level::Error }
    }
}

#[cfg(feature = "log")]
impl LogLogger {
    /// Sets the level of requests and answers.
    pub fn messages(mut self, level: log::Level) -> Self {
        self.messages = level;
        self
    }

    /// Sets the level of errors.
    pub fn errors(mut self, level: log::Level) -> Self {
        self.errors = level;
        self
    }
}

#[cfg(feature = "log")]
impl CommunicatorLogger for LogLogger {
    fn log(&self, message: &str) {
        log::log!(target: "florin::logging", self.messages, "{message}");
    }

    fn log_error(&self, message: &str, error: &(dyn std::error::Error + 'static)) {
        log::log!(target: "florin::logging", self.errors, "{message}\n{}", Causes(error));
    }
}

/// An error and what caused it, a line each.
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut error = self.0;
        while let Some(cause) = error.source() {
            write!(f, "\ncaused by: {cause}")?;
            error = cause;
        }
        Ok(())
    }
}

/// A time in UTC, to the second.
struct Timestamp {
    seconds: u64,
}

impl Timestamp {
    fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self { seconds: since.map_or(0, |since| since.as_secs()) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.seconds / 86_400, self.seconds % 86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        // Days to a date, with years that begin in March: https://howardhinnant.github.io/date_algorithms.html
        let days = days + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::TransportError;

    #[test]
    fn timestamps() {
        for (seconds, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_678_786_013, "2023-03-14T09:26:53Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp { seconds }.to_string(), shown);
        }
    }

    #[test]
    fn entries_follow_the_time_and_errors_follow_their_entry_with_their_causes() {
        let error = TransportError::unknown("no answer", std::io::Error::other("reset"));
        let mut out = Vec::new();
        let now = Timestamp { seconds: 0 };
        print(&mut out, &now, "one\ntwo", None).unwrap();
        print(&mut out, &now, "three", Some(&error)).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "1970-01-01T00:00:00Z one\ntwo\n\
             1970-01-01T00:00:00Z three\nno answer\ncaused by: reset\n"
        );
    }

    #[cfg(feature = "tracing")]
    #[test]
    fn levels_of_tracing() {
        use std::sync::{Arc, Mutex};

        #[derive(Clone, Default)]
        struct Written(Arc<Mutex<Vec<u8>>>);
        impl Write for Written {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_max_level(tracing::Level::DEBUG)
            .without_time()
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let error = TransportError::unknown("no answer", "reset");
            TracingLogger::default().log("one");
            TracingLogger::default().log_error("two", &error);
            TracingLogger::default().messages(tracing::Level::TRACE).log("three");
            TracingLogger::default().errors(tracing::Level::DEBUG).log_error("four", &error);
        });
        assert_eq!(
            String::from_utf8(written.0.lock().unwrap().clone()).unwrap(),
            " INFO florin::logging: one\n\
             ERROR florin::logging: two error=no answer\ncaused by: reset\n\
             DEBUG florin::logging: four error=no answer\ncaused by: reset\n"
        );
    }

    #[cfg(feature = "log")]
    #[test]
    fn levels_of_log() {
        use std::sync::Mutex;

        static KEPT: Mutex<Vec<String>> = Mutex::new(Vec::new());
        struct Keeper;
        impl log::Log for Keeper {
            fn enabled(&self, _: &log::Metadata<'_>) -> bool {
                true
            }
            fn log(&self, record: &log::Record<'_>) {
                if record.target() == "florin::logging" {
                    KEPT.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
                }
            }
            fn flush(&self) {}
        }
        log::set_logger(&Keeper).unwrap();
        log::set_max_level(log::LevelFilter::Debug);
        let error = TransportError::unknown("no answer", "reset");
        LogLogger::default().log("one");
        LogLogger::default().messages(log::Level::Trace).log("two");
        LogLogger::default().errors(log::Level::Warn).log_error("three", &error);
        assert_eq!(*KEPT.lock().unwrap(), ["INFO one", "WARN three\nno answer\ncaused by: reset"]);
    }
}
