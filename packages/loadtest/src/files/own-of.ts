/** What stands under a name that came from a file or from a command line, which may be `constructor`. */
export function ownOf<Of>(of: Readonly<Record<string, Of>> | undefined, name: string): Of | undefined {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
}
