using CseKms.Core.Algorithms;
using CseKms.Core.Format;
using CseKms.Core.Materials;
using CseKms.Core.Session;
using CseKms.Core.Tests.Materials;
using Xunit;

namespace CseKms.Core.Tests.Session;

public class LazyKmsKeyringTests
{
    private readonly IKeyring _inner = new KmsKeyring(new FakeKms(), "key");
    private int _openings;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_opened_before_a_data_key_is_needed_and_then_once()
    {
        var opened = new TaskCompletionSource<IKeyring>();
        var keyring = Keyring(_ => opened.Task);
        Assert.Equal((_inner.Wrapping, _inner.WrappedLength), (keyring.Wrapping, keyring.WrappedLength));
        Assert.Equal(0, _openings);

        var waiting = Enumerable.Range(0, 20).Select(_ => NeedAsync(keyring)).ToArray();
        opened.SetResult(_inner);
        await Task.WhenAll(waiting);
        await NeedAsync(keyring);

        Assert.Equal(1, _openings);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_wait_and_whoever_comes_later_tries_again()
    {
        var failing = new TaskCompletionSource<IKeyring>();
        var keyring = Keyring(_ => _openings == 1 ? failing.Task : Task.FromResult(_inner));
        var waiting = Enumerable.Range(0, 5).Select(_ => NeedAsync(keyring)).ToArray();

        failing.SetException(new CseException(ErrorId.MfaCodeRejected, "no"));
        foreach (var one in waiting)
        {
            Assert.Equal(ErrorId.MfaCodeRejected, (await Assert.ThrowsAsync<CseException>(() => one)).ErrorId);
        }

        await NeedAsync(keyring);
        Assert.Equal(2, _openings);
    }

    [Fact]
    public async Task Whoever_opens_and_is_cancelled_fails_nobody_else()
    {
        var begun = new TaskCompletionSource();
        var keyring = Keyring(async cancellationToken =>
        {
            if (_openings > 1)
            {
                return _inner;
            }

            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return _inner;
        });
        using var first = new CancellationTokenSource();
        var opener = NeedAsync(keyring, first.Token);
        await begun.Task.WaitAsync(Cancellation);
        var other = NeedAsync(keyring);

        await first.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opener);
        await other.WaitAsync(Cancellation);
        Assert.Equal(2, _openings);
    }

    [Fact]
    public async Task Whoever_waits_can_be_cancelled_alone()
    {
        var opened = new TaskCompletionSource<IKeyring>();
        var keyring = Keyring(_ => opened.Task);
        var opener = NeedAsync(keyring);
        using var second = new CancellationTokenSource();
        var other = NeedAsync(keyring, second.Token);

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);

        opened.SetResult(_inner);
        await opener;
    }

    private LazyKmsKeyring Keyring(Func<CancellationToken, Task<IKeyring>> open) => new(cancellationToken =>
    {
        Interlocked.Increment(ref _openings);
        return open(cancellationToken);
    });

    private static async Task NeedAsync(LazyKmsKeyring keyring, CancellationToken? cancellationToken = null)
    {
        using var _ = await keyring.OnEncryptAsync(AlgorithmSuite.AesGcmCommitting, StringMap.Empty, cancellationToken ?? Cancellation);
    }
}
