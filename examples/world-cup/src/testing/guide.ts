/** The headings of the guide that this host replaces, in order, and under each its commands, as the guide has them. */
export const GUIDE: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ['## Architecture', []],
  ['### Components', ['API Server', 'Workers (3+ replicas)', 'PostgreSQL', 'Redis', 'RabbitMQ']],
  ['### Processing Flow', []],
  ['## Configuration', []],
  [
    '### Worker Scaling',
    [
      '`docker-compose up -d`',
      '`docker-compose up -d --scale worker=5`',
      '`docker-compose up -d --scale worker=10`',
      '`docker-compose up -d --scale worker=20`',
    ],
  ],
  [
    '### Performance Tuning',
    [
      '`RABBITMQ_PREFETCH_COUNT=20 docker-compose up -d worker`',
      '`PREDICTION_BATCH_SIZE=1000`',
      '`PREDICTION_BATCH_SIZE=500`',
      '`PREDICTION_BATCH_SIZE=2000`',
      '`DATABASE_POOL_SIZE=20`',
      '`DATABASE_POOL_SIZE=30`',
      '`DATABASE_POOL_SIZE=50`',
    ],
  ],
  ['## Monitoring', []],
  ['### RabbitMQ Management', ['`http://localhost:15672`']],
  [
    '### Processing Status',
    [
      `\`TOKEN=$(curl -X POST http://localhost:3000/auth/send-otp -H "Content-Type: application/json" -d '{"phone": "09123456789"}' | jq -r '.accessToken')\``,
      '`curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/prediction/admin/processing-status`',
    ],
  ],
  ['### Redis Stats', ['`GET prediction:stats:total`', '`GET prediction:stats:processed`', '`KEYS prediction:*`']],
  [
    '### Database Queries',
    [
      '`SELECT COUNT(*) FROM predictions p LEFT JOIN results r ON r.prediction_id = p.id WHERE r.id IS NULL;`',
      '`SELECT user_id, total_score, processed_at FROM results ORDER BY total_score DESC LIMIT 10;`',
    ],
  ],
  ['## Troubleshooting', []],
  [
    '### Workers Not Processing',
    [
      '`docker-compose logs rabbitmq | grep "connection"`',
      '`docker-compose logs worker | grep "Error"`',
      '`docker-compose restart worker`',
    ],
  ],
  [
    '### Slow Processing',
    [
      '`docker-compose up -d --scale worker=10`',
      '`RABBITMQ_PREFETCH_COUNT=30 docker-compose up -d worker`',
      "`SELECT * FROM pg_indexes WHERE tablename IN ('predictions', 'results', 'teams');`",
    ],
  ],
  [
    '### Database Connection Pool Exhausted',
    [
      '`DATABASE_POOL_SIZE=40 docker-compose restart app worker`',
      "`SELECT count(*) FROM pg_stat_activity WHERE datname = 'worldcup_predictions';`",
    ],
  ],
  [
    '### Dead Letter Queue (DLQ) Has Messages',
    [
      '`http://localhost:15672/#/queues/%2F/prediction.process.dlq`',
      'Check message count',
      'View message content',
      'Fix underlying issue',
      'Reprocess or purge',
    ],
  ],
  ['## Disaster Recovery', []],
  [
    '### RabbitMQ Data Loss',
    [
      '`curl -X POST -H "Authorization: Bearer $TOKEN" http://localhost:3000/prediction/admin/trigger-prediction-process`',
    ],
  ],
  ['### Worker Crash', ['`docker-compose up -d worker`']],
  [
    '### Complete System Failure',
    [
      '`docker-compose down`',
      '`docker-compose up -d postgres redis rabbitmq`',
      '`sleep 60`',
      '`docker-compose up -d app worker`',
    ],
  ],
  ['## Performance Metrics', []],
  [
    '### Expected Throughput (3 Workers)',
    [
      '50K predictions: ~17 minutes',
      '500K predictions: ~2.5 hours (with 10 workers)',
      '5M predictions: ~4 hours (with 20 workers)',
    ],
  ],
  [
    '### Target Performance',
    ['Queue time: <2 seconds for 50K', 'Processing rate: ~1000 predictions/min per worker', 'Error rate: <0.1%'],
  ],
  [
    '## Rollback to Sync Mode',
    ['`ENABLE_ASYNC_PROCESSING=false docker-compose up -d app`', '`docker-compose stop worker`'],
  ],
  ['## Maintenance', []],
  ['### Daily Tasks', ['Monitor queue depth', 'Check error logs', 'Verify processing status']],
  ['### Weekly Tasks', ['Review dead letter queue', 'Backup database', 'Check disk space']],
  ['### Monthly Tasks', ['Performance review', 'Update dependencies', 'Security patches']],
];

/** A row of the page: what the guide has, what is to be done here. */
export interface Mapped {
  readonly heading: string;
  readonly guide: string;
  readonly here: string;
}

/** The headings and rows of the page. */
export function readMapping(page: string): { headings: string[]; rows: Mapped[] } {
  const headings: string[] = [];
  const rows: Mapped[] = [];
  for (const line of page.split('\n')) {
    if (/^##/.test(line)) headings.push(line);
    const [, guide, here] = /^\| (.+?) (?<!\\)\| (.+) \|$/.exec(line) ?? [];
    if (guide === undefined || here === undefined || guide === 'the guide' || guide === '---') continue;
    const unescaped = (text: string): string => text.replaceAll('\\|', '|');
    rows.push({ heading: headings.at(-1) ?? '', guide: unescaped(guide), here: unescaped(here) });
  }
  return { headings, rows };
}
