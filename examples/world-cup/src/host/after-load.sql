-- What a bulk load leaves for its end: foreign keys, the index that leads from a match to its forecasts, statistics.
alter table draw_entry add foreign key (contest_id) references draw_contest, add foreign key (entrant_id) references entrant;
alter table forecast add foreign key (entrant_ref) references entrant, add foreign key (fixture_ref) references fixture;
create index forecast_of_fixture on forecast (fixture_ref);
analyze;
