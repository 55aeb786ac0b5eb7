-- One table per kind of record, all of one shape: rowid tables, so that inserts append, with a unique index on the key.
-- Secondary indexes are partial: a record without the value pays nothing for them.

CREATE TABLE payment (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX payment_id ON payment (owner, id);
CREATE UNIQUE INDEX payment_lookup ON payment (owner, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX payment_sort ON payment (owner, sort);
CREATE INDEX payment_reference ON payment (owner, reference, sort) WHERE reference IS NOT NULL;
CREATE INDEX payment_parent ON payment (owner, parent, sort) WHERE parent IS NOT NULL;
CREATE INDEX payment_extra ON payment (owner, extra, sort) WHERE extra IS NOT NULL;
CREATE INDEX payment_order_no ON payment (owner, order_no, sort) WHERE order_no IS NOT NULL;

CREATE TABLE refund (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX refund_id ON refund (owner, id);
CREATE UNIQUE INDEX refund_lookup ON refund (owner, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX refund_sort ON refund (owner, sort);
CREATE INDEX refund_reference ON refund (owner, reference, sort) WHERE reference IS NOT NULL;
CREATE INDEX refund_parent ON refund (owner, parent, sort) WHERE parent IS NOT NULL;
CREATE INDEX refund_extra ON refund (owner, extra, sort) WHERE extra IS NOT NULL;
CREATE INDEX refund_order_no ON refund (owner, order_no, sort) WHERE order_no IS NOT NULL;

CREATE TABLE token (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX token_id ON token (owner, id);
CREATE UNIQUE INDEX token_lookup ON token (owner, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX token_sort ON token (owner, sort);
CREATE INDEX token_reference ON token (owner, reference, sort) WHERE reference IS NOT NULL;
CREATE INDEX token_parent ON token (owner, parent, sort) WHERE parent IS NOT NULL;
CREATE INDEX token_extra ON token (owner, extra, sort) WHERE extra IS NOT NULL;
CREATE INDEX token_order_no ON token (owner, order_no, sort) WHERE order_no IS NOT NULL;

CREATE TABLE session (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_id ON session (owner, id);
CREATE UNIQUE INDEX session_lookup ON session (owner, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX session_sort ON session (owner, sort);
CREATE INDEX session_reference ON session (owner, reference, sort) WHERE reference IS NOT NULL;
CREATE INDEX session_parent ON session (owner, parent, sort) WHERE parent IS NOT NULL;
CREATE INDEX session_extra ON session (owner, extra, sort) WHERE extra IS NOT NULL;
CREATE INDEX session_order_no ON session (owner, order_no, sort) WHERE order_no IS NOT NULL;

-- Found by key, or small.

CREATE TABLE idempotence (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX idempotence_id ON idempotence (owner, id);
CREATE UNIQUE INDEX idempotence_lookup ON idempotence (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE sequence (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX sequence_id ON sequence (owner, id);
CREATE UNIQUE INDEX sequence_lookup ON sequence (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE intent (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX intent_id ON intent (owner, id);
CREATE UNIQUE INDEX intent_lookup ON intent (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE account (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_id ON account (owner, id);
CREATE UNIQUE INDEX account_lookup ON account (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE merchant (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX merchant_id ON merchant (owner, id);
CREATE UNIQUE INDEX merchant_lookup ON merchant (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE api_key (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX api_key_id ON api_key (owner, id);
CREATE UNIQUE INDEX api_key_lookup ON api_key (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE webhook_key (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX webhook_key_id ON webhook_key (owner, id);
CREATE UNIQUE INDEX webhook_key_lookup ON webhook_key (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE endpoint (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX endpoint_id ON endpoint (owner, id);
CREATE UNIQUE INDEX endpoint_lookup ON endpoint (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE acquirer (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX acquirer_id ON acquirer (owner, id);
CREATE UNIQUE INDEX acquirer_lookup ON acquirer (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE oauth_client (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX oauth_client_id ON oauth_client (owner, id);
CREATE UNIQUE INDEX oauth_client_lookup ON oauth_client (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE clock (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX clock_id ON clock (owner, id);
CREATE UNIQUE INDEX clock_lookup ON clock (owner, lookup) WHERE lookup IS NOT NULL;

CREATE TABLE meta (
  owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort INTEGER NOT NULL,
  reference TEXT, parent TEXT, lookup TEXT, extra TEXT, order_no INTEGER, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX meta_id ON meta (owner, id);
CREATE UNIQUE INDEX meta_lookup ON meta (owner, lookup) WHERE lookup IS NOT NULL;

-- Deferred work. kind: 0 delivery, 1 timer, 2 recovery. Ready when due and not leased.
CREATE TABLE work (
  kind INTEGER NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, due_ms INTEGER NOT NULL,
  lease_until_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, target TEXT, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX work_id ON work (owner, name);
CREATE INDEX work_ready ON work (kind, max(due_ms, lease_until_ms));
CREATE INDEX work_target ON work (owner, target, kind) WHERE target IS NOT NULL;
