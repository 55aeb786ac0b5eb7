//! Which file system a folder is on. A memory file system makes every fsync free, and the figures worthless.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The type of the file system that a folder is on.
pub(super) fn of(folder: &Path) -> Result<String> {
    let mounts = std::fs::read_to_string("/proc/mounts");
    let mounts = mounts.context("the bench needs Linux: it reads /proc")?;
    let found = holding(&mounts, &folder.canonicalize()?);
    found.with_context(|| format!("{} is on no file system", folder.display()))
}

/// Whether it keeps nothing on a disk.
pub(super) fn is_in_memory(filesystem: &str) -> bool {
    matches!(filesystem, "tmpfs" | "ramfs" | "devtmpfs")
}

/// The deepest mount that holds a folder; the last one, where several are mounted on top of each other.
fn holding(mounts: &str, folder: &Path) -> Option<String> {
    let entry = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let point = PathBuf::from(unescaped(fields.next()?));
        Some((point, fields.next()?.to_owned()))
    };
    let holds = |(point, _): &(PathBuf, String)| folder.starts_with(point);
    let held = mounts.lines().filter_map(entry).filter(holds);
    held.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

/// The kernel writes blanks in octal.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n\
                      /dev/vdb /a\\040b xfs rw 0 0\ntmpfs /a\\040b tmpfs rw 0 0\n";
        let of = |folder: &str| holding(mounts, Path::new(folder)).unwrap();
        assert_eq!(of("/home/x"), "ext4");
        assert_eq!(of("/tmp/x"), "tmpfs");
        assert_eq!(of("/tmpx"), "ext4");
        assert_eq!(of("/a b/c"), "tmpfs");
        assert!(is_in_memory("tmpfs") && !is_in_memory("ext4"));
    }
}
