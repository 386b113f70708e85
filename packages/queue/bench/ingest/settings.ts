/** The settings of a small server that is meant to write: durable, with room for the log. */
export const SETTINGS = {
  shared_buffers: '2GB',
  max_wal_size: '8GB',
  min_wal_size: '2GB',
  wal_buffers: '64MB',
  checkpoint_timeout: '15min',
  jit: false,
  max_connections: 100,
};
