using System.Management.Automation;
using System.Text;
using CseKms.Sandbox;

namespace CseKms.Tests;

/// <summary>
/// What a user sits before: the engine with the module imported, in a folder of its own, with <c>$bucket</c>, <c>$key</c> and the
/// two of them as <c>@s3</c>.
/// </summary>
internal sealed class UserSession : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly SandboxFixture _sandbox;
    private readonly StringWriter _shown = new();
    private readonly PowerShellEngine _engine;
    private bool _isStuck;

    /// <param name="sandbox">The S3, KMS and STS that it calls.</param>
    /// <param name="module">Another copy of the module.</param>
    /// <param name="versioned">Whether the bucket keeps versions.</param>
    /// <param name="answer">What the user types when asked for a secret; nobody is there to ask unless given.</param>
    public UserSession(SandboxFixture sandbox, string? module = null, bool versioned = false, Func<string?>? answer = null)
    {
        _sandbox = sandbox;
        Bucket = sandbox.NewBucket(versioned);
        _engine = new PowerShellEngine(new EngineHost(_shown, answer: answer), module ?? BuiltModule.Import);
        Set("bucket", Bucket);
        Set("key", sandbox.KmsKeyArn);
        Set("folder", Folder.Path);
        Run("$global:s3 = @{ BucketName = $bucket; KmsKeyId = $key }; $null = $ExecutionContext.SessionState.Path.SetLocation($folder)").Good();
    }

    public string Bucket { get; }

    public TemporaryFolder Folder { get; } = new();

    public SandboxServer Server => _sandbox.Server;

    public IReadOnlyList<string> Keys => Server.Objects.Keys(Bucket);

    /// <summary>Runs a script and returns what it put out. The first error that ends a call ends the script.</summary>
    public EngineResult Run(string script, params object[] input) => Within(() => Invoke(script, input));

    /// <summary>The error that ends a call.</summary>
    public ErrorRecord Ends(string script)
    {
        var result = Run(script);
        return result.Terminating ?? throw new InvalidOperationException($"Not ended; errors: {string.Join(", ", result.Errors.Select(Results.Id))}");
    }

    /// <summary>Begins a script, which <see cref="Stop"/> may end.</summary>
    public Task<EngineResult> Begin(string script) => Task.Run(() => Invoke(script));

    public void Stop() => _engine.Stop();

    /// <summary>What the host has shown so far.</summary>
    public string Shown => _shown.ToString();

    /// <summary>What a script shows to who types it.</summary>
    public string Show(string script)
    {
        _shown.GetStringBuilder().Clear();
        Within(() =>
        {
            _engine.Show(script);
            return true;
        });
        return _shown.ToString().ReplaceLineEndings("\n");
    }

    public void Set(string name, object value) =>
        Run($"$null = $input.MoveNext(); $global:{name} = $input.Current", value).Good();

    /// <summary>Writes files, and the folders above them; the content of each is its name.</summary>
    public void Write(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Folder.File(name))!);
            Folder.Write(name, Encoding.UTF8.GetBytes(name));
        }
    }

    public string Read(string name) => File.ReadAllText(Folder.File(name));

    /// <summary>Sends small objects whose content is their key, the fast way: one is encrypted, the others are its copies.</summary>
    public void Store(params IEnumerable<string> keys)
    {
        string? first = null;
        foreach (var key in keys)
        {
            if (first is null)
            {
                first = key;
                Run($"Send-CseS3Object -Content '{key}' -Key '{key}' @s3").Good();
            }
            else
            {
                Server.Objects.Put(Bucket, key, Server.Objects.Bytes(Bucket, first), Server.Objects.Metadata(Bucket, first));
            }
        }
    }

    public void Dispose()
    {
        if (!_isStuck)
        {
            // A test may have set preferences, and an import that stays would keep the session for all others.
            Run("Clear-CseSession -Confirm:$false -WhatIf:$false");
            Run("Remove-Module CseKms -Confirm:$false -WhatIf:$false");
            _engine.Dispose();
        }

        Folder.Dispose();
    }

    private EngineResult Invoke(string script, params object[] input) => _engine.Invoke($"try {{ {script}\n}} catch {{ throw }}", input);

    private T Within<T>(Func<T> action)
    {
        var task = Task.Run(action);
        if (task.Wait(Limit))
        {
            return task.Result;
        }

        _isStuck = true;
        Task.Run(_engine.Stop);
        throw new TimeoutException($"The script did not end within {Limit}.");
    }
}

internal static class Results
{
    /// <summary>The result, which has no error.</summary>
    public static EngineResult Good(this EngineResult result)
    {
        var errors = result.Errors.Append(result.Terminating).OfType<ErrorRecord>();
        return errors.Any() ? throw new InvalidOperationException(string.Join("\n", errors.Select(e => $"{e.FullyQualifiedErrorId}: {e}"))) : result;
    }

    /// <summary>The stable id of an error.</summary>
    public static string Id(this ErrorRecord error) => error.FullyQualifiedErrorId.Split(',')[0];

    /// <summary>The ids of the errors that did not end the call.</summary>
    public static string[] Ids(this EngineResult result)
    {
        return result.Terminating is { } ended
            ? throw new InvalidOperationException($"{ended.FullyQualifiedErrorId}: {ended}")
            : [.. result.Errors.Select(Id)];
    }

    /// <summary>A property of each output object, as text, sorted.</summary>
    public static string[] All(this EngineResult result, string property) =>
        [.. result.Output.Select(item => $"{item.Properties[property]?.Value}").Order(StringComparer.Ordinal)];
}
