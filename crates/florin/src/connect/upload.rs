//! Files that are uploaded, as the one part of a multipart form.

use std::fmt;

use bytes::Bytes;

use super::error::LocalError;
use crate::retry::random;

/// A file to upload, such as a document for a dispute.
///
/// ```
/// use florin::connect::UploadableFile;
///
/// let file = UploadableFile::new("receipt.pdf", "application/pdf", b"%PDF-1.7 ...");
/// ```
#[derive(Clone)]
pub struct UploadableFile {
    name: String,
    content_type: String,
    content: Bytes,
}

impl UploadableFile {
    /// A file by its name, its media type and its bytes. Name and type may not be blank.
    pub fn new(
        name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            name: name.into(),
            content_type: content_type.into(),
            content: Bytes::from(content.into()),
        }
    }

    /// The `Content-Type` of the form, and the form.
    pub(super) fn into_form(self) -> Result<(String, Vec<u8>), LocalError> {
        if self.name.trim().is_empty() {
            return Err(LocalError::new("the file has no name"));
        }
        if self.content_type.trim().is_empty() || self.content_type.contains(['\r', '\n']) {
            return Err(LocalError::new("the file has no content type"));
        }
        let boundary = format!("{:016x}{:016x}", random(), random());
        // As browsers write names: https://html.spec.whatwg.org/#multipart-form-data
        let name = self.name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {}\r\n\r\n",
            self.content_type.trim()
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let form = [head.as_bytes(), &self.content, tail.as_bytes()].concat();
        Ok((format!("multipart/form-data; boundary={boundary}"), form))
    }
}

impl fmt::Debug for UploadableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadableFile")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form() {
        let file = UploadableFile::new("ev\"i\\d é\r\n.txt", "text/plain", b"one\r\ntwo");
        assert!(!format!("{file:?}").contains("two"));
        let (content_type, form) = file.into_form().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        assert_eq!(boundary.len(), 32);
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ev%22i\\d é%0D%0A.txt\"\r\n\
             Content-Type: text/plain\r\n\r\none\r\ntwo\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(form).unwrap(), expected);
    }

    #[test]
    fn incomplete_files_are_refused() {
        for (name, content_type) in [(" ", "text/plain"), ("a", ""), ("a", "text/plain\r\nX: y")] {
            assert!(UploadableFile::new(name, content_type, "x").into_form().is_err());
        }
    }
}
