//! TLS of the default transport, or its absence when no cryptography is compiled in.

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
pub(super) use plain::{Direct, Tls, Tunnelled};
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
pub(super) use secure::{Direct, Tls, Tunnelled};

#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
mod secure {
    use std::sync::Arc;

    use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
    use hyper_util::client::legacy::connect::HttpConnector;
    use hyper_util::client::legacy::connect::proxy::Tunnel;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::{ClientConfig, RootCertStore};

    use crate::transport::connector::BoxError;
    use crate::transport::settings::{HttpSettings, Proxy};

    pub(in crate::transport) type Direct = HttpsConnector<HttpConnector>;
    pub(in crate::transport) type Tunnelled = HttpsConnector<Tunnel<Direct>>;

    pub(in crate::transport) struct Tls(ClientConfig);

    impl Tls {
        /// TLS 1.2 and 1.3 with Mozilla's roots and those that the settings add.
        pub(in crate::transport) fn new(settings: &HttpSettings) -> Result<Self, BoxError> {
            #[cfg(feature = "aws-lc-rs")]
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            #[cfg(not(feature = "aws-lc-rs"))]
            let provider = rustls::crypto::ring::default_provider();

            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            for certificate in CertificateDer::pem_slice_iter(&settings.trusted_certificates) {
                roots.add(certificate?)?;
            }
            Ok(Self(
                ClientConfig::builder_with_provider(Arc::new(provider))
                    .with_safe_default_protocol_versions()?
                    .with_root_certificates(roots)
                    .with_no_client_auth(),
            ))
        }

        pub(in crate::transport) fn direct(&self, tcp: HttpConnector) -> Direct {
            self.around(tcp)
        }

        pub(in crate::transport) fn tunnelled(&self, proxy: &Proxy, direct: &Direct) -> Tunnelled {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), direct.clone());
            if let Some(authorization) = proxy.authorization() {
                tunnel = tunnel.with_auth(authorization);
            }
            self.around(tunnel)
        }

        fn around<C>(&self, connector: C) -> HttpsConnector<C> {
            HttpsConnectorBuilder::new()
                .with_tls_config(self.0.clone())
                .https_or_http()
                .enable_http1()
                .wrap_connector(connector)
        }
    }
}

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
#[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "it has the shape of the other")]
mod plain {
    use std::task::{Context, Poll};

    use hyper::Uri;
    use hyper::http::uri::Scheme;
    use hyper_util::client::legacy::connect::HttpConnector;
    use tower_service::Service;

    use crate::transport::connector::BoxError;
    use crate::transport::settings::{HttpSettings, Proxy};

    pub(in crate::transport) type Tunnelled = Direct;

    pub(in crate::transport) struct Tls;

    impl Tls {
        pub(in crate::transport) fn new(_settings: &HttpSettings) -> Result<Self, BoxError> {
            Ok(Self)
        }

        pub(in crate::transport) fn direct(&self, tcp: HttpConnector) -> Direct {
            Direct(tcp)
        }

        pub(in crate::transport) fn tunnelled(&self, _proxy: &Proxy, direct: &Direct) -> Direct {
            direct.clone()
        }
    }

    /// Connects without TLS and refuses whatever asks for it.
    #[derive(Clone)]
    pub(in crate::transport) struct Direct(HttpConnector);

    impl Service<Uri> for Direct {
        type Response = <HttpConnector as Service<Uri>>::Response;
        type Error = BoxError;
        type Future = std::pin::Pin<
            Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send + 'static>,
        >;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            self.0.poll_ready(context).map_err(Into::into)
        }

        fn call(&mut self, target: Uri) -> Self::Future {
            if target.scheme() == Some(&Scheme::HTTPS) {
                return Box::pin(async {
                    Err("https needs the feature 'ring' or 'aws-lc-rs'".into())
                });
            }
            let connecting = self.0.call(target);
            Box::pin(async move { connecting.await.map_err(Into::into) })
        }
    }
}
