/** Preloaded into a worker of a drill: its clock is a day ahead. Whoever trusts it would take everything for overdue. */
const DAY = 86_400_000;
const { now } = Date;
Date.now = () => now() + DAY;
