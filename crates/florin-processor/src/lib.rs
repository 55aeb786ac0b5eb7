//! Who authorises: the issuer simulator.
