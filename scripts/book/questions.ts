/** What learners ask, and where the book answers: a chapter and a heading, or an equation. */
export const questions: readonly {
  readonly question: string;
  readonly at: string;
  /** What one may type who does not know the words of the book. */
  readonly words?: string;
}[] = [
  {
    question: 'My network gives three errors. Are they summed before they go back?',
    at: '01-chain-rule.html#the-question',
    words: 'add sum several outputs total error',
  },
  {
    question: 'Why are gradients added up (+=), and when are they set to zero?',
    at: '01-chain-rule.html#a-value-that-is-used-twice',
    words: 'accumulate accumulation zero_grad zeroGradients reset plus',
  },
  {
    question: 'Where is the 1/N: in the loss, in the layers, in the update?',
    at: '01-chain-rule.html#where-the-1n-goes',
    words: 'mean average batch size divide m',
  },
  {
    question: 'Why is dW the product of dOut and x, and in which order?',
    at: '03-linear.html#the-weight',
    words: 'sum over the batch samples outer product xᵀ·dOut x.T dot dOut transpose matrix shapes weight gradient',
  },
  {
    question: 'When does a ReLU die, and what does its corner pass?',
    at: '04-activations.html#relu.2',
    words: 'dead dying relu unit off kink derivative at zero',
  },
  {
    question: 'Why do gradients vanish, and what keeps them from it?',
    at: '16-residual.html#why-it-does-not-vanish',
    words: 'vanishing exploding gradient deep residual skip connection sigmoid saturation',
  },
  {
    question: 'Why is the gradient of sigmoid with binary cross-entropy just ŷ − y?',
    at: '07-binary-cross-entropy.html#through-the-sigmoid',
    words: 'sigmoid bce fused BCEWithLogitsLoss logits p - y p - t cancel',
  },
  {
    question: 'Why is the gradient of softmax with cross-entropy just p − y?',
    at: '08-softmax-cross-entropy.html#ce.2',
    words: 'p - y jacobian logits',
  },
  {
    question: 'Which way is the kernel flipped in a convolution’s backward, and why?',
    at: '09-convolution.html#which-way-the-kernel-is-turned',
    words: 'flip rotate rot180 turn 180 full convolution filter',
  },
  {
    question: 'Why is the backward of a transposed convolution a convolution?',
    at: '10-transposed-convolution.html#what-these-are',
    words: 'deconvolution upsampling conv transpose adjoint',
  },
  {
    question: 'Why can a transposed convolution have several output sizes?',
    at: '10-transposed-convolution.html#the-size-of-the-canvas',
    words: 'outputPadding output padding output_padding shape',
  },
  {
    question: 'What does max pooling pass back where two values are equal?',
    at: '11-pooling.html#where-two-values-are-equal',
    words: 'tie ties argmax maximum winner',
  },
  {
    question: 'Why has batch norm another backward in evaluation mode?',
    at: '12-batch-norm.html#evaluation-mode',
    words: 'gradient backward of batch norm eval running mean statistics inference',
  },
  {
    question: 'How does dropout’s backward scale?',
    at: '14-dropout.html#backward',
    words: 'mask inverted dropout 1/(1-p) p',
  },
  {
    question: 'What does Adam’s bias correction do?',
    at: '18-optimizers.html#the-start-at-zero',
    words: 'beta1 beta2 m hat v hat first steps unbiased',
  },
  {
    question: 'What arrives at a pixel of a generated image, and what does its sign say?',
    at: '20-gan.html#what-one-pixels-number-says',
    words: 'dImages gradient of the generator image error backprop',
  },
  {
    question: 'What exactly does detach drop?',
    at: '20-gan.html#what-ds-step-drops',
    words: 'forget forgetting retain_graph second time stop gradient no_grad fake images discriminator step',
  },
  {
    question: 'If the discriminator is frozen, how does the gradient get through it?',
    at: '20-gan.html#why-d-stands-still-in-gs-update',
    words: 'freeze trainable requires_grad',
  },
  {
    question: 'How does the generator’s gradient pass a discriminator with batch norm?',
    at: '20-gan.html#batch-norm-in-d',
    words: 'training mode separate batches real fake running statistics',
  },
  {
    question: 'What does the non-saturating loss change?',
    at: '20-gan.html#saturating-and-non-saturating',
    words: 'loss why -log D(G(z)) log(1-D(G(z))) minimax log(1-D) -log D generator loss',
  },
  {
    question: 'Is there a gradient penalty (WGAN-GP)?',
    at: '22-critics.html#keeping-the-slope-bounded',
    words: 'gradient penalty double backward create_graph second derivative lipschitz',
  },
  {
    question: 'Why does a generator stop learning when the discriminator is too good?',
    at: '21-saturation.html#the-question',
    words: 'vanishing gradient saturation discriminator loss zero',
  },
  {
    question: 'How do I know that a backward is right?',
    at: '01-chain-rule.html#how-to-check-a-derivation',
    words: 'gradcheck gradient check numerical finite difference centred debug test',
  },
];
