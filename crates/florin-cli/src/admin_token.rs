//! The administration token: given, or made once and kept in the data folder for its owner only.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use florin_engine::ids::{Entropy, hex32};
use florin_wire::Sensitive;
use zeroize::Zeroizing;

/// Where a data folder keeps its token.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("admin-token")
}

/// Reads the token of a data folder.
pub(crate) fn read(data: &Path) -> Result<Sensitive<String>> {
    let path = path(data);
    let text = std::fs::read_to_string(&path).map(Zeroizing::new);
    let text = text.with_context(|| path.display().to_string())?;
    match text.trim() {
        "" => bail!("{} is empty", path.display()),
        token => Ok(Sensitive::from(token)),
    }
}

/// Reads the token of a data folder, which the caller holds alone, or makes it.
pub(crate) fn read_or_create(data: &Path, entropy: &dyn Entropy) -> Result<Sensitive<String>> {
    let path = path(data);
    if path.try_exists()? {
        return read(data);
    }
    let token = Sensitive::new(hex32(entropy));
    write(data, &token)?;
    Ok(token)
}

/// Writes the token of a data folder, which the caller holds alone.
pub(crate) fn write(data: &Path, token: &Sensitive<String>) -> Result<()> {
    let draft = data.join("admin-token.new");
    if let Err(error) = std::fs::remove_file(&draft)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(token.expose().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&draft, path(data))?;
    if cfg!(unix) {
        File::open(data)?.sync_all()?;
    }
    Ok(())
}
