#!/usr/bin/env perl
# A session with elbo in Perl and its core modules.
#
#   perl session.pl [UPDATES]
use strict;
use warnings;
use IPC::Open2;
use JSON::PP;

my $json = JSON::PP->new->utf8;
$SIG{PIPE} = 'IGNORE';    # An engine that has ended is an error to report, and not our end.

# The engine, which shares our stderr. `open2` dies if there is no such program.
my $program = $ENV{ELBO} // 'elbo';
my ($replies, $requests);
eval { open2($replies, $requests, $program, 'serve') }
  or die "session.pl: no elbo at $program (name it in ELBO)\n";
my $id = 0;

# The result of a method.
sub call {
    my ($method, $params) = @_;
    print {$requests} $json->encode({jsonrpc => '2.0', id => ++$id, method => $method, params => $params}), "\n";
    while (defined(my $line = <$replies>)) {
        my $reply = $json->decode($line);
        next if $reply->{method};    # progress
        die "session.pl: $method: $reply->{error}{message}\n" if $reply->{error};
        return $reply->{result};
    }
    die "session.pl: $method: the engine has ended\n";
}

my @stack = ({type => 'dense', units => 32}, {type => 'tanh'}, {type => 'dense'});
my $updates = shift // 200;
$updates += 0 if $updates =~ /^-?\d+$/;    # JSON tells "200" from 200, Perl does not.

call('data.load', {name => 'digits', source => {type => 'strokes', count => 1000},
    transforms => [{type => 'subsample', factor => 2}, {type => 'binarize'}]});
call('model.build', {name => 'vae', data => 'digits', latent => 4, seed => 1,
    encoder => \@stack, decoder => \@stack, likelihood => {type => 'bernoulli'}});
call('trainer.create', {name => 'run', model => 'vae', data => 'digits', optimizer => {type => 'adam'}});
call('trainer.step', {trainer => 'run', updates => $updates});
printf "ELBO %.4f\n", call('evaluate.elbo', {model => 'vae', data => 'digits'})->{elbo};

# The engine exits at the end of its input.
close $requests;
wait;
exit($? ? 1 : 0);
