// castls/roots: Mozilla's certification authorities, for those who have no host to ask whom to trust. In no bundle that
// does not import it.

export { mozillaRoots, mozillaRootsSource } from './x509/roots/index.ts';
