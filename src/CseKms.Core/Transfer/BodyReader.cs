namespace CseKms.Core.Transfer;

/// <summary>Reads the body of an answer, as far as it comes. Not thread-safe.</summary>
/// <param name="body">The body; disposed of with the reader.</param>
/// <param name="stallTimeout">How long it may stand still.</param>
/// <param name="cancellationToken">Cancels reading.</param>
internal sealed class BodyReader(Stream body, TimeSpan stallTimeout, CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <returns>How many bytes came before the end, the cut or the stall.</returns>
    public async Task<int> FillAsync(Memory<byte> target)
    {
        var filled = 0;
        try
        {
            while (filled < target.Length)
            {
                _stall.CancelAfter(stallTimeout);
                var read = await body.ReadAsync(target[filled..], _stall.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                filled += read;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // What came before is good; the caller asks for the rest.
        }

        return filled;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stall.Dispose();
        body.Dispose();
    }
}
