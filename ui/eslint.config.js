import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const markup = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'].map((property) => ({
  property,
  message: 'Nothing that came from outside becomes markup.',
}));
const scrolling = ['scrollTop', 'scrollIntoView', 'scrollTo', 'scrollBy'].map((property) => ({
  property,
  message: 'One place owns the scroll position: chat/scroll.ts.',
}));

export default ts.config(
  { ignores: ['dist/', 'dist-fake/', 'node_modules/', 'src/bridge/generated/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-console': ['error', { allow: ['warn', 'error'] }],
      eqeqeq: 'error',
      'no-undef': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // What people and servers send is text and never becomes markup (H1, H2).
      'no-restricted-properties': ['error', ...markup],
      'no-restricted-globals': [
        'error',
        'fetch',
        'XMLHttpRequest',
        'WebSocket',
        'localStorage',
        'sessionStorage',
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
      // `style:name={value}` goes through the CSSOM, which the content security policy allows; a style attribute is refused by it.
      'no-restricted-syntax': [
        'error',
        { selector: 'SvelteAttribute[key.name="style"]', message: 'Use a class or a style: directive.' },
      ],
    },
  },
  {
    files: ['src/chat/**', 'src/composer/**'],
    ignores: ['src/chat/scroll.ts', 'src/chat/scroll.test.ts'],
    rules: { 'no-restricted-properties': ['error', ...markup, ...scrolling] },
  },
  {
    // The SDK knows nothing of Svelte, and the screens reach Rust only through the SDK.
    files: ['src/tim/**', 'src/bridge/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['svelte', 'svelte/*'] }] },
  },
  {
    files: ['src/{welcome,conversations,chat,composer,settings,session,look,words}/**'],
    ignores: ['**/*.test.ts', '**/test-*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: 'bridge/', message: 'Everything in ui/src goes through tim.' }] },
      ],
    },
  },
);
