//! `kubectl config set-cluster`.

use super::{embedded, one};
use crate::call::Call;
use crate::failure::{Outcome, fail};

pub(super) fn set(call: &Call<'_>) -> Outcome {
    let name = one(call)?;
    let flags = &call.flags;
    let authority = flags.text("certificate-authority");
    if flags.is("embed-certs") && authority.is_empty() {
        return fail("you must specify a --certificate-authority to embed");
    }
    let data = if flags.is("embed-certs") {
        embedded(call, "certificate-authority")?
    } else {
        String::new()
    };
    let mut config = call.config.clone();
    if let Some(entry) = config.entry_mut("clusters", "cluster", name) {
        let cluster = &mut entry["cluster"];
        for field in ["server", "proxy-url", "tls-server-name"] {
            if flags.changed(field) {
                cluster.set_nonzero(field, flags.text(field));
            }
        }
        // It lasts only as long as it is said.
        cluster.remove("insecure-skip-tls-verify");
        if flags.is("insecure-skip-tls-verify") {
            cluster.set("insecure-skip-tls-verify", true);
            cluster.remove("certificate-authority");
            cluster.remove("certificate-authority-data");
        }
        if !authority.is_empty() {
            cluster.remove("insecure-skip-tls-verify");
            cluster.remove("certificate-authority");
            cluster.remove("certificate-authority-data");
            if data.is_empty() {
                cluster.set("certificate-authority", authority);
            } else {
                cluster.set("certificate-authority-data", data);
            }
        }
    }
    config.save(call.io.host)?;
    call.io.line(&format!("Cluster {name:?} set."));
    Ok(())
}
