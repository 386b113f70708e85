-- The guide's eight indexes, by their names. `psql "$DATABASE_URL" -f` runs this file; so does the start of the service.

-- What is processed, and what is not, by type
create index if not exists idx_events_type_processed on events (event_type, processed_at);

-- Games that boards and tournaments still wait for
create index if not exists idx_events_game_ended_unprocessed on events (event_type, received_at desc)
  where event_type = 'game_ended' and processed_at is null;

-- A player's prizes that wait for being claimed
create index if not exists idx_prizes_user_claimed on prizes (user_id, claimed_at) where claimed_at is null;

-- The head of a tournament
create index if not exists idx_tournament_leaderboard_tournament_score
  on tournament_leaderboard (tournament_id, best_score desc);

-- A player's line. The primary key does it too: this one is here because the guide looks for eight.
create index if not exists idx_leaderboard_global_user on leaderboard_global (user_id);

-- Statistics of a time
create index if not exists idx_events_received_type on events (received_at desc, event_type);

-- A player's history
create index if not exists idx_events_user_received on events (user_id, received_at desc);

-- Events that failed
create index if not exists idx_events_failed on events (event_type, processing_attempts)
  where processing_error is not null;

analyze events;
analyze leaderboard_global;
analyze tournament_leaderboard;
analyze prizes;
analyze daily_events;
