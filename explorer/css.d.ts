// Style sheets are imports of the bundler.

declare module '*.css';
