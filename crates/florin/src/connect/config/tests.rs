//! Each way to a configuration, with the texts of the official guides.

use super::settings::set_from_environment;
use super::*;

const SECOND: fn(u64) -> Duration = Duration::from_secs;

fn complete(config: Config) -> Checked {
    config.api_key("id", "secret").integrator("Acme").check().unwrap()
}

#[test]
fn defaults_are_those_of_the_official_sdks() {
    let checked = Config::new("id", "secret", "Acme").host("api.domain.com").check().unwrap();
    assert_eq!(checked.endpoint.as_str(), "https://api.domain.com");
    assert_eq!(checked.http.connect_timeout, Some(SECOND(5)));
    assert_eq!(checked.http.read_timeout, Some(SECOND(300)));
    assert_eq!(checked.http.max_connections, 10);
    assert!(checked.http.proxy.is_none() && checked.total_timeout.is_none());
}

#[test]
fn toml_of_the_go_guide() {
    let config = Config::from_toml(
        r#"
ConnectTimeout = 5000
SocketTimeout = 300000
MaxConnections = 10
AuthorizationType = "v1HMAC"
[APIEndpoint]
    host = "api.domain.com"
"#,
    );
    let checked = complete(config.unwrap());
    assert_eq!(checked.endpoint.as_str(), "https://api.domain.com");
    assert_eq!(checked.http.connect_timeout, Some(SECOND(5)));
    assert_eq!(checked.http.read_timeout, Some(SECOND(300)));
    assert_eq!(checked.http.max_connections, 10);
}

#[test]
fn toml_of_our_own() {
    let config = Config::from_text(
        r#"
        endpoint = "http://[::1]:8080/"
        api_key_id = "id"
        secret_api_key = "a#b"       # a comment
        integrator = "Acme"
        connect_timeout = "250ms"
        socket_timeout = -1
        total_timeout = "2m"
        max_retries = 0
        connection_reuse = false
        proxy = "http://proxy.example:3128"
        [shopping_cart_extension]
        creator = "C"
        name = "N"
        version = "1"
        "#,
    );
    let checked = config.unwrap().check().unwrap();
    assert_eq!(checked.endpoint.as_str(), "http://[::1]:8080");
    assert_eq!(checked.http.connect_timeout, Some(Duration::from_millis(250)));
    assert_eq!(checked.http.read_timeout, None);
    assert_eq!(checked.total_timeout, Some(SECOND(120)));
    assert_eq!(checked.http.idle_timeout, Duration::ZERO);
    assert_eq!(checked.retry, RetryPolicy::none());
    assert!(checked.http.proxy.is_some());
}

#[test]
fn properties_of_the_java_guide() {
    let config = Config::from_text(
        "
# the endpoint
connect.api.integrator=Acme & Söhne
connect.api.endpoint.host=api.domain.com
connect.api.endpoint.scheme=http
connect.api.endpoint.port = 8080
connect.api.authorizationType=V1HMAC
connect.api.connectTimeout=5000 # use -1 for no timeout
connect.api.socketTimeout=-1
connect.api.maxConnections=7\t# to support 7 concurrent connections
connect.api.https.protocols=TLSv1.1, TLSv1.2
connect.api.proxy.uri=http://proxy.example:3128
connect.api.proxy.username=user
connect.api.proxy.password=pa#ss%20
connect.api.shoppingCartExtension.creator=C
connect.api.shoppingCartExtension.name=N
connect.api.shoppingCartExtension.version=1
connect.api.shoppingCartExtension.extensionId=E
another.application=5 # not ours
",
    );
    let config = config.unwrap().api_key("id", "secret");
    assert_eq!(config.integrator, "Acme & Söhne");
    assert_eq!(config.proxy.password, Some("pa#ss%20".into()));
    assert_eq!(config.cart, Some(ShoppingCartExtension::new("C", "N", "1").extension_id("E")));
    let checked = config.check().unwrap();
    assert_eq!(checked.endpoint.as_str(), "http://api.domain.com:8080");
    assert_eq!(checked.http.connect_timeout, Some(SECOND(5)));
    assert_eq!(checked.http.read_timeout, None);
    assert_eq!(checked.http.max_connections, 7);
    assert!(format!("{:?}", checked.http.proxy).contains("***"));
}

#[test]
fn seconds_below_the_section_of_the_python_sdk() {
    let config = Config::from_text(
        "[ConnectSDK]\nconnect.api.endpoint.host=h\nconnect.api.connectTimeout=5 # seconds\n\
         connect.api.socketTimeout=300\n",
    );
    let checked = complete(config.unwrap());
    assert_eq!(checked.http.connect_timeout, Some(SECOND(5)));
    assert_eq!(checked.http.read_timeout, Some(SECOND(300)));
}

#[test]
fn prefixed_toml_is_toml() {
    let config =
        Config::from_text("connect.api.endpoint.host = \"h\"\n[connect.api.proxy]\nuri='p:1'");
    let checked = complete(config.unwrap());
    assert_eq!(checked.endpoint.as_str(), "https://h");
    assert!(checked.http.proxy.is_some());
}

#[test]
fn environment() {
    let variables = [
        ("FLORIN_CONNECT_HOST", "api.domain.com"),
        ("FLORIN_CONNECT_PORT", "8443"),
        ("FLORIN_CONNECT_API_KEY_ID", "id"),
        ("FLORIN_CONNECT_SECRET_API_KEY", "secret"),
        ("FLORIN_CONNECT_INTEGRATOR", "Acme"),
        ("FLORIN_CONNECT_CONNECT_TIMEOUT", "3s"),
        ("FLORIN_CONNECT_SOCKET_TIMEOUT", "60000"),
        ("FLORIN_CONNECT_MAX_RETRIES", "5"),
        ("FLORIN_CONNECT_PROXY", "proxy.example:1"),
        ("FLORIN_CONNECT_MERCHANT_ID", "is not a setting"),
    ];
    let look_up = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let mut config = Config::default().host("overridden").max_connections(3);
    set_from_environment(&mut config, look_up).unwrap();
    let checked = config.check().unwrap();
    assert_eq!(checked.endpoint.as_str(), "https://api.domain.com:8443");
    assert_eq!(checked.key.id(), "id");
    assert_eq!(checked.http.connect_timeout, Some(SECOND(3)));
    assert_eq!(checked.http.read_timeout, Some(SECOND(60)));
    assert_eq!(checked.http.max_connections, 3);
    assert_eq!(checked.retry, RetryPolicy::default().max_retries(5));
    assert!(checked.http.proxy.is_some());
}

#[test]
fn what_is_wrong_is_said() {
    let message = |text: &str| Config::from_text(text).unwrap_err().to_string();
    assert_eq!(
        message("AuthorizationType = \"hmac\""),
        "Unknown authorizationType hmac: Connect has v1HMAC"
    );
    assert_eq!(message("conectTimeout = 1"), "unknown setting: conectTimeout");
    assert_eq!(message("connect.api.conectTimeout=1"), "unknown setting: conectTimeout");
    assert_eq!(
        message("connectTimeout = \"5 parsecs\""),
        "connect_timeout is invalid: a duration such as 5000 or 5s"
    );
    assert_eq!(message("port = \"x\""), "port is invalid: a whole number");
    assert_eq!(message("host = 1.5"), "unknown setting: host");
    assert!(matches!(Config::from_file("/does/not/exist"), Err(ConfigError::File { .. })));

    let check = |config: Config| config.check().err().unwrap().to_string();
    let good = || Config::new("id", "secret", "Acme").host("h");
    assert_eq!(check(Config::new("id", "secret", "Acme")), "host is required");
    assert_eq!(check(good().api_key(" ", "secret")), "apiKeyId is required");
    assert_eq!(check(good().api_key("id", "")), "secretApiKey is required");
    assert_eq!(check(good().integrator(" ")), "integrator is required");
    assert_eq!(check(good().scheme("ftp")), "unsupported scheme: ftp");
    assert_eq!(
        check(good().max_connections(0)),
        "maxConnections is invalid: a number of at least 1"
    );
    assert_eq!(check(good().header("date", "x")), "request header not allowed: date");
    let proxied = Config::from_text("proxy = 'socks5://h:1'\nhost='h'").unwrap();
    assert_eq!(check(proxied.api_key("i", "s").integrator("a")), "unsupported scheme: socks5");
}

#[test]
fn secrets_are_in_no_error_and_not_printed() {
    let text = "secret_api_key = \"hunter2\" oops\n";
    let error = Config::from_toml(text).unwrap_err();
    assert!(matches!(error, ConfigError::Syntax { line: 1, .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    let config = Config::from_toml("proxy = 'http://u:hunter2@h:1'\nsecret_api_key = 'hunter2'");
    let config = config.unwrap().proxy(Proxy::new("http://u:hunter2@h:1").unwrap());
    assert!(!format!("{config:?}").contains("hunter2"));
}
