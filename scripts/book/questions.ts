/** What learners ask, and where the book answers: a chapter and a heading, or an equation. */
export const questions: readonly { readonly question: string; readonly at: string }[] = [
  {
    question: 'My network gives three errors. Are they summed before they go back?',
    at: '01-chain-rule.html#the-question',
  },
  { question: 'Where is the 1/N: in the loss, in the layers, in the update?', at: '20-gan.html#where-the-1n-is' },
  {
    question: 'Why is the gradient of softmax with cross-entropy just p − y?',
    at: '08-softmax-cross-entropy.html#ce.2',
  },
  {
    question: 'Which way is the kernel flipped in a convolution’s backward, and why?',
    at: '09-convolution.html#which-way-the-kernel-is-turned',
  },
  { question: 'Why has batch norm another backward in evaluation mode?', at: '12-batch-norm.html#evaluation-mode' },
  {
    question: 'What arrives at a pixel of a generated image, and what does its sign say?',
    at: '20-gan.html#what-one-pixels-number-says',
  },
  { question: 'What exactly does detach drop?', at: '20-gan.html#what-ds-step-drops' },
  {
    question: 'If the discriminator is frozen, how does the gradient get through it?',
    at: '20-gan.html#why-d-stands-still-in-gs-update',
  },
  {
    question: 'Why does a generator stop learning when the discriminator is too good?',
    at: '21-saturation.html#the-question',
  },
];
