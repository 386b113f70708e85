import { uuidOf } from '../host/uuid.ts';
import { randomOf } from './random.ts';

/** Somebody who takes part. */
export interface Entrant {
  readonly id: string;
  readonly name: string;
}

/** The entrant of a number, from 0. Names may repeat, as names do; ids never. */
export function entrantOf(seed: number, index: number): Entrant {
  const random = randomOf(seed, `name ${index}`);
  const name = random.chance(ODD) ? random.pick(ODD_NAMES) : `${random.pick(FIRST)} ${random.pick(LAST)}`;
  return { id: entrantId(index), name };
}

/** The id alone, for whoever does not need the name. */
export const entrantId = (index: number): string => uuidOf(`entrant ${index}`);

/** The share of people who call themselves something that software trips over. */
const ODD = 0.004;

const ODD_NAMES = [
  "Robert'); drop table forecast;--",
  '⚽️ la muñeca ⚽️',
  'tab\there',
  'back\\slash \\N',
  '"quoted", with comma',
  'ﷺ مشجع',
  'two\nlines',
  'nul\0byte',
  'half \uD83D pair',
  '   ',
  '\u{1F468}\u200D\u{1F469}\u200D\u{1F467} familia',
] as const;

// biome-ignore format: a table of names
const FIRST = [
  'Aaliyah', 'Adam', 'Agnieszka', 'Ahmed', 'Akira', 'Amara', 'Amélie', 'Ana', 'Anders', 'Anjali', 'Arash', 'Ayşe',
  'Beatriz', 'Ben', 'Björn', 'Camila', 'Carlos', 'Chidi', 'Chloé', 'Daan', 'Darya', 'Diego', 'Elena', 'Emeka', 'Emma',
  'Eoin', 'Fatima', 'Femi', 'Freya', 'Gabriel', 'Giulia', 'Goran', 'Hana', 'Hassan', 'Hugo', 'Ibrahim', 'Ines', 'Ivan',
  'Jamal', 'Jana', 'Jonas', 'José', 'Jun', 'Kaito', 'Karim', 'Katarína', 'Kofi', 'Lars', 'Layla', 'Leila', 'Lucía',
  'Luka', 'Malik', 'Maja', 'Marta', 'Mateo', 'Mehmet', 'Mina', 'Mohammed', 'Nadia', 'Ngozi', 'Nikos', 'Noah', 'Noor',
  'Olga', 'Omar', 'Oscar', 'Paolo', 'Pia', 'Priya', 'Rania', 'Reza', 'Rosa', 'Sami', 'Sara', 'Seo-yeon', 'Siobhán',
  'Sofia', 'Sven', 'Tariq', 'Thiago', 'Tom', 'Valentina', 'Viktor', 'Wei', 'Yara', 'Yusuf', 'Zeynep', 'Zoë',
] as const;
// biome-ignore format: a table of names
const LAST = [
  'Abebe', 'Acheampong', 'Adeyemi', 'Aguilar', 'Ahmadi', 'Almeida', 'Andersson', 'Baker', 'Barros', 'Becker', 'Benali',
  'Bianchi', 'Boateng', 'Brandt', 'Castillo', 'Chen', 'Cohen', 'Costa', 'Da Silva', 'Demir', 'Diallo', 'Dimitrov',
  'Dubois', 'El-Sayed', 'Eriksen', 'Farahani', 'Fernández', 'Fischer', 'García', 'Haddad', 'Hansen', 'Hernández',
  'Horvat', 'Hussein', 'Ivanova', 'Jansen', 'Johansson', 'Jovanović', 'Kamara', 'Karimi', 'Kaya', 'Kim', 'Kovács',
  'Kowalska', 'Larsen', 'Lee', 'Lopes', 'Mahlangu', 'Martin', 'Mensah', 'Meyer', 'Mokoena', 'Moreau', 'Müller',
  'Murphy', 'Nakamura', 'Nasser', 'Ndiaye', 'Nguyen', 'Novák', 'Nowak', 'O’Brien', 'Okafor', 'Okoye', 'Olsen', 'Osei',
  'Papadopoulos', 'Park', 'Patel', 'Pereira', 'Petrov', 'Popescu', 'Quispe', 'Ramírez', 'Rossi', 'Saito', 'Santos',
  'Schmidt', 'Silva', 'Singh', 'Smith', 'Sørensen', 'Suzuki', 'Tanaka', 'Thapa', 'Torres', 'Traoré', 'Van Dijk',
  'Vega', 'Wagner', 'Walker', 'Weber', 'Yamamoto', 'Yıldız', 'Zhang',
] as const;
